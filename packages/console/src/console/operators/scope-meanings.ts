import type { OperatorScopeName } from '@keyhold/api';

export const SCOPE_MEANINGS: Readonly<Record<OperatorScopeName, string>> = {
  verify: 'Check keys: for your API or its gateway.',
  attach: 'Attach verifiers that answer from their own memory.',
  'keys:read': 'See keys and their usage.',
  'keys:write': 'Issue, change, recycle and revoke keys.',
  'organizations:read': 'See organizations.',
  'organizations:write': 'Make, change and suspend organizations.',
  'portal:write': 'Lead customers to their keys page.',
  'audit:read': 'Read the audit log and live verdicts.',
  'operators:write': 'Make tokens and invite people: everything, in the end.',
};
