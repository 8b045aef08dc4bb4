import { readOneOf, readText } from '../ui/search-fields.ts';

/** Which verdicts are shown. */
export interface LiveSearch {
  readonly keyspace?: string;
  readonly organization?: string;
  readonly key?: string;
  readonly outcome?: 'accepted' | 'denied';
}

export function readLiveSearch(search: Readonly<Record<string, unknown>>): LiveSearch {
  return {
    ...readText(search, 'keyspace'),
    ...readText(search, 'organization'),
    ...readText(search, 'key'),
    ...readOneOf(search, 'outcome', ['accepted', 'denied']),
  };
}
