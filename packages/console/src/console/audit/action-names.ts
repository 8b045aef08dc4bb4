/** What an event says to people. One that is not here is said by its own name. */
const NAMES: Readonly<Record<string, string>> = {
  'key.issue': 'Key issued',
  'key.import': 'Key imported',
  'key.patch': 'Key changed',
  'key.recycle': 'Key recycled',
  'key.revoke': 'Key revoked',
  'key.disable': 'Key disabled',
  'key.enable': 'Key enabled',
  'key.claim': 'Key claimed',
  'key.claim_refused': 'Claim refused',
  'key.foreign_access': 'Key of another organization asked for',
  'organization.create': 'Organization made',
  'organization.patch': 'Organization changed',
  'organization.suspend': 'Organization suspended',
  'organization.resume': 'Organization resumed',
  'organization.revoke_keys': 'All keys revoked',
  'operator.create': 'Operator token made',
  'operator.revoke': 'Operator token revoked',
  'operator.enable': 'Operator token enabled',
  'person.set_up': 'Console set up',
  'person.invite': 'Person invited',
  'person.accept_invitation': 'Invitation accepted',
  'person.update': 'Person changed',
  'person.end_sessions': 'Sessions ended',
  'person.log_in': 'Logged in',
  'person.log_in_refused': 'Log-in refused',
  'person.log_out': 'Logged out',
  'person.reauthenticate': 'Logged in again',
  'person.change_password': 'Password changed',
  'person.turn_totp_on': 'One-time codes turned on',
  'person.turn_totp_off': 'One-time codes turned off',
  'portal_session.create': 'Keys page: session made',
  'portal_session.open': 'Keys page: opened',
  'portal_session.end': 'Keys page: session ended',
  'configuration.apply': 'Configuration applied',
  'database.restore': 'Database restored',
};

export function toActionText(action: string): string {
  return NAMES[action] ?? action;
}

export const ACTIONS: readonly { readonly value: string; readonly label: string }[] = Object.entries(
  NAMES,
).map(([value, label]) => ({ value, label }));
