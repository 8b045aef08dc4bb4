import type { KeyActivityBody } from '@keyhold/api';

export type Reason = KeyActivityBody['refusals'][number]['reason'];

/** Why a key was refused, for the operator's eyes; callers are never told. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  missing: 'No key was sent',
  malformed: 'Not the shape of a key',
  unknown: 'No such key',
  revoked: 'The key is revoked',
  disabled: 'The key is disabled',
  expired: 'The key had expired, or its old secret had',
  organization_suspended: 'Its organization is suspended',
  feature_off: 'Its organization lacks the feature',
  environment_not_accepted: 'Its environment is not accepted',
  wrong_keyspace: 'It is a key of another keyspace',
  insufficient_scope: 'Its scopes do not open the operation',
  address_not_allowed: 'It came from another network',
};
