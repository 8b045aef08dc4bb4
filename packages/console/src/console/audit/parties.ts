import type { AuditEventBody, KeyBody } from '@keyhold/api';

type Actor = AuditEventBody['actor'];

/** Who acted, in two steps: who it was, and what more is to be said of them. */
export interface ActorText {
  readonly who: string;
  readonly more: string | null;
}

/** @param myId the person's who reads it. */
export function toActorText({ kind, id, name }: Actor, myId: string): ActorText {
  if (id === myId) return { who: 'You', more: null };
  // Its ids are words.
  if (kind === 'system') return { who: 'Keyhold', more: id };
  const what = toKindText(kind);
  return name === null ? { who: what, more: id } : { who: name, more: what };
}

/** Who issued a key. A key tells the id alone, which tells by its beginning what it names; that of the system is a word. */
export function toCreator({
  created_by: id,
  created_by_name: name,
}: Pick<KeyBody, 'created_by' | 'created_by_name'>): Actor {
  const [, kind = 'system'] = CREATORS.find(([prefix]) => id.startsWith(prefix)) ?? [];
  return { kind, id, name };
}

const CREATORS = [
  ['op_', 'operator'],
  ['person_', 'person'],
  ['key_', 'key'],
  ['ps_', 'portal_session'],
] as const;

/** Everything of an actor or a subject in one line. */
export function toPartyText({ kind, id, name }: AuditEventBody['subject']): string {
  return [name, toKindText(kind), id].filter((part) => part !== null).join(' · ');
}

const KINDS: Readonly<Record<string, string>> = {
  operator: 'Operator token',
  person: 'Person',
  key: 'Key',
  organization: 'Organization',
  portal_session: 'Keys page',
  configuration: 'Configuration',
  database: 'Database',
  system: 'Keyhold',
};

export function toKindText(kind: string): string {
  return KINDS[kind] ?? kind;
}
