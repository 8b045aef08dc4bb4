import { readOneOf, readText } from '../ui/search-fields.ts';

/** Which organizations are shown. */
export interface OrganizationsSearch {
  readonly q?: string;
  readonly suspended?: 'true' | 'false';
  readonly cursor?: string;
}

export function readOrganizationsSearch(search: Readonly<Record<string, unknown>>): OrganizationsSearch {
  return {
    ...readText(search, 'q'),
    ...readOneOf(search, 'suspended', ['true', 'false']),
    ...readText(search, 'cursor'),
  };
}
