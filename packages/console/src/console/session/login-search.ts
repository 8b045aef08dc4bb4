import { readOneOf, readText } from '../ui/search-fields.ts';

export interface LoginSearch {
  /** The place of the console to go on to, from the root: `/console/keys?…`. */
  readonly to?: string;
  readonly refused?: 'oidc';
}

export function readLoginSearch(search: Readonly<Record<string, unknown>>): LoginSearch {
  const { to } = readText(search, 'to');
  return {
    // A place that is none of the console's is not gone to, whoever wrote the address.
    ...(to?.startsWith('/console/') === true && { to }),
    ...readOneOf(search, 'refused', ['oidc']),
  };
}
