import { readOneOf, readText } from '../ui/search-fields.ts';

/** Which keys are shown. */
export interface KeysSearch {
  readonly q?: string;
  readonly keyspace?: string;
  readonly organization?: string;
  readonly state?: 'active' | 'disabled' | 'expired' | 'revoked';
  readonly safety?: 'never_expires' | 'idle_90_days' | 'never_used' | 'expiring_soon';
  readonly sort?: string;
  readonly cursor?: string;
}

export function readKeysSearch(search: Readonly<Record<string, unknown>>): KeysSearch {
  return {
    ...readText(search, 'q'),
    ...readText(search, 'keyspace'),
    ...readText(search, 'organization'),
    ...readOneOf(search, 'state', ['active', 'disabled', 'expired', 'revoked']),
    ...readOneOf(search, 'safety', ['never_expires', 'idle_90_days', 'never_used', 'expiring_soon']),
    ...readText(search, 'sort'),
    ...readText(search, 'cursor'),
  };
}
