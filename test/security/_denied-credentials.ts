import { compileKeyFormat, OPERATOR_KEYSPACE_DEFINITION, type Reason } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import type { KeyspaceId, SecurityServer } from './_server.ts';

/** A credential that is denied, and why. */
export interface DeniedCredential {
  readonly cause: string;
  readonly presented: string;
  /** What `/v1/verify` says of it. */
  readonly reason: Reason;
}

const LIFETIME_MS = 60_000;
const random = createSeededRandom(12);
const format = compileKeyFormat('by_{random:base62:43}{checksum}', []);
const operatorFormat = compileKeyFormat(OPERATOR_KEYSPACE_DEFINITION.key.format, []);

export const mintUnknown = () => format.mint(null, random);
export const mintUnknownOperatorToken = () => operatorFormat.mint(null, random);

/** Issues keys for a keyspace and makes each of them bad in its own way. Moves the clock past {@link LIFETIME_MS}. */
export async function createDeniedKeys(
  server: SecurityServer,
  keyspace: KeyspaceId,
): Promise<readonly DeniedCredential[]> {
  let organizations = 0;
  async function newOrganization(fields: object = {}): Promise<string> {
    const id = `${keyspace}-${++organizations}`;
    await server.operator('POST', '/v1/organizations', { id, name: id, features: ['partner'], ...fields });
    return id;
  }
  async function issue(fields: object = {}): Promise<Record<string, string>> {
    const organization = await newOrganization();
    const request = { keyspace, organization, name: 'key', environment: 'live' };
    return server.operator('POST', '/v1/keys', { ...request, ...fields });
  }
  async function issueThen(verb: string, body: object = {}): Promise<Record<string, string>> {
    const key = await issue();
    await server.operator('POST', `/v1/keys/${key['id']}/${verb}`, body);
    return key;
  }

  const [bulkRevoked, suspended, featureless] = [
    await newOrganization(),
    await newOrganization(),
    await newOrganization(),
  ];
  const expires_at = new Date(server.clock.nowMs() + LIFETIME_MS).toISOString();
  const keys: readonly (readonly [string, Reason, Record<string, string>])[] = [
    ['revoked', 'revoked', await issueThen('revoke')],
    ['bulk-revoked', 'revoked', await issue({ organization: bulkRevoked })],
    ['superseded by recycling', 'revoked', await issueThen('recycle')],
    ['superseded, its grace over', 'revoked', await issueThen('recycle', { grace: '30s' })],
    ['expired', 'expired', await issue({ expires_at })],
    ['disabled', 'disabled', await issueThen('disable')],
    ['of a suspended organization', 'organization_suspended', await issue({ organization: suspended })],
    ['without its feature', 'feature_off', await issue({ organization: featureless })],
    ['of another environment', 'environment_not_accepted', await issue({ environment: 'test' })],
    ['used from another address', 'address_not_allowed', await issue({ allowed_cidrs: ['192.0.2.0/24'] })],
  ];
  await server.operator('POST', `/v1/organizations/${bulkRevoked}/revoke-keys`, {});
  await server.operator('PATCH', `/v1/organizations/${suspended}`, { suspended: true });
  await server.operator('PATCH', `/v1/organizations/${featureless}`, { features: [] });
  server.clock.advance(LIFETIME_MS);
  return keys.map(([cause, reason, key]) => ({ cause, reason, presented: key['key']! }));
}

/** What was never a key of the server. */
export function createUnknownKeys(): readonly DeniedCredential[] {
  const unknown = mintUnknown();
  const lastDigit = unknown.endsWith('0') ? '1' : '0';
  const malformed: readonly (readonly [string, string])[] = [
    ['with a checksum that does not fit', unknown.slice(0, -1) + lastDigit],
    ['a character short', unknown.slice(0, -1)],
    ['a character long', `${unknown}0`],
    ['in capitals', unknown.toUpperCase()],
    ['of no shape at all', 'x'],
    ['longer than any', 'x'.repeat(600)],
    ['that no header can carry bare', '"quoted"'],
    ['an operator token that nobody has', mintUnknownOperatorToken()],
    ['a portal session that nobody has', `khps_01m7ykjjp8fhxs98mqb2f0tj3d_${'A'.repeat(43)}`],
  ];
  return [
    { cause: 'unknown', reason: 'unknown', presented: unknown },
    { cause: 'unknown, another', reason: 'unknown', presented: mintUnknown() },
    ...malformed.map(([cause, presented]) => ({ cause, reason: 'malformed' as const, presented })),
  ];
}
