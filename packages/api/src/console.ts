/** What the operator's console needs of the contract: shapes, and nothing that checks them, since that is the server's work. */

export type {
  ConfirmedTotpBody,
  ConsoleSessionBody,
  ConsoleStateBody,
  TotpEnrolmentBody,
} from './schemas/console-session.ts';
export type {
  PersonBody,
  PersonListBody,
  PersonRole,
  PersonWithInvitationBody,
} from './schemas/person.ts';

/** The header that every call of the console carries: a form of another site cannot send it. */
export const CONSOLE_HEADER = 'Keyhold-Console';
