import type { PersonBody } from '@keyhold/api/console';

/** What is being done about people, in a dialog. */
export type PersonTask =
  | { readonly kind: 'invite' }
  | {
      readonly kind: 'role' | 'link' | 'sessions' | 'end_sessions' | 'disable' | 'enable';
      readonly person: PersonBody;
    };
