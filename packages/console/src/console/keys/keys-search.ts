import { readOneOf, readText } from '../ui/search-fields.ts';

/** Orders of the list, `-` for the last first; the newest, `-created`, is the usual one. */
const KEY_SORTS = [
  'created',
  '-created',
  'last_used',
  '-last_used',
  'expires',
  '-expires',
  'name',
  '-name',
] as const;
type KeySort = (typeof KEY_SORTS)[number];

/** Which keys are shown. */
export interface KeysSearch {
  readonly q?: string;
  readonly keyspace?: string;
  readonly organization?: string;
  readonly state?: 'active' | 'disabled' | 'expired' | 'revoked';
  readonly safety?: 'never_expires' | 'idle_90_days' | 'never_used' | 'expiring_soon';
  readonly sort?: KeySort;
  readonly cursor?: string;
}

export function readKeysSearch(search: Readonly<Record<string, unknown>>): KeysSearch {
  return {
    ...readText(search, 'q'),
    ...readText(search, 'keyspace'),
    ...readText(search, 'organization'),
    ...readOneOf(search, 'state', ['active', 'disabled', 'expired', 'revoked']),
    ...readOneOf(search, 'safety', ['never_expires', 'idle_90_days', 'never_used', 'expiring_soon']),
    ...readOneOf(search, 'sort', KEY_SORTS),
    ...readText(search, 'cursor'),
  };
}
