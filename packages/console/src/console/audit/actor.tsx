import type { AuditEventBody } from '@keyhold/api';
import { useConsoleSession } from '../session/console-session.ts';
import { toActorText } from './parties.ts';

/** Who acted, and what they are: a customer names keys and users as they like, also after the operator's own people. */
export function Actor({ actor }: Pick<AuditEventBody, 'actor'>) {
  const { person: myself } = useConsoleSession();
  const { who, more } = toActorText(actor, myself.id);
  return <span title={actor.id}>{more === null ? who : `${who} (${more})`}</span>;
}
