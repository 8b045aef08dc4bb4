import type { PersonRole } from '@keyhold/api/console';

export const ROLE_NAMES: Readonly<Record<PersonRole, string>> = {
  owner: 'Owner',
  operator: 'Operator',
  read_only: 'Read-only',
};

/** What a role means, for whoever gives one. */
export const ROLE_MEANINGS: Readonly<Record<PersonRole, string>> = {
  owner: 'Everything, people and operator tokens included.',
  operator: 'Everything but people and operator tokens.',
  read_only: 'Sees keys, organizations and the audit log, and changes nothing.',
};
