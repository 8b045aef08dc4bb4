import { OPERATOR_SCOPES, type OperatorScope } from './operator-scope.ts';

/** What a person may do in the console, the most first. */
export const PERSON_ROLES = ['owner', 'operator', 'read_only'] as const;

/** One of {@link PERSON_ROLES}. */
export type PersonRole = (typeof PERSON_ROLES)[number];

const SCOPES: Readonly<Record<PersonRole, readonly OperatorScope[]>> = {
  owner: OPERATOR_SCOPES,
  operator: OPERATOR_SCOPES.filter((scope) => scope !== 'operators:write' && scope !== 'attach'),
  read_only: ['keys:read', 'organizations:read', 'audit:read'],
};

/** The scopes that a role opens, as an operator token would have them. */
export function scopesOfRole(role: PersonRole): readonly OperatorScope[] {
  return SCOPES[role];
}
