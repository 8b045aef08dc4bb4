import { readText } from '../ui/search-fields.ts';

/** Which events are shown. */
export interface AuditSearch {
  readonly action?: string;
  readonly subject?: string;
  readonly actor?: string;
  readonly organization?: string;
  readonly keyspace?: string;
  /** Days: `2026-11-21`; each in whole, UTC. */
  readonly from?: string;
  readonly to?: string;
  readonly cursor?: string;
}

export function readAuditSearch(search: Readonly<Record<string, unknown>>): AuditSearch {
  return {
    ...readText(search, 'action'),
    ...readText(search, 'subject'),
    ...readText(search, 'actor'),
    ...readText(search, 'organization'),
    ...readText(search, 'keyspace'),
    ...readDay(search, 'from'),
    ...readDay(search, 'to'),
    ...readText(search, 'cursor'),
  };
}

function readDay<Name extends 'from' | 'to'>(search: Readonly<Record<string, unknown>>, name: Name) {
  const { [name]: day } = readText(search, name);
  return day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day) ? { [name]: day } : {};
}
