import { isOneOf } from './one-of.ts';
import { together } from './together.ts';
import type { View } from './transaction.ts';

/** Whoever acted, or what was acted on, as the audit log has them. */
export interface AuditParty {
  readonly kind: string;
  readonly id: string;
}

interface NamedRow {
  readonly id: string;
  readonly name: string | null;
}

/** How the names of each kind are read; a kind that is not here has none. */
const READERS: Readonly<
  Record<string, (view: View, ids: readonly string[]) => Promise<readonly NamedRow[]>>
> = {
  person: async ({ db }, ids) =>
    await db.selectFrom('person').select(['id', 'name']).where(isOneOf('id', ids)).execute(),
  key: async ({ db }, ids) =>
    await db.selectFrom('key').select(['id', 'name']).where(isOneOf('id', ids)).execute(),
  organization: async ({ db }, ids) =>
    await db.selectFrom('organization').select(['id', 'name']).where(isOneOf('id', ids)).execute(),
  operator: async ({ db }, ids) =>
    await db
      .selectFrom('operator')
      .innerJoin('key', 'key.position', 'operator.key_position')
      .select(['operator.id', 'key.name'])
      .where(isOneOf('operator.id', ids))
      .execute(),
  portal_session: async ({ db }, ids) =>
    await db
      .selectFrom('portal_session')
      .select(['id', 'user_name as name'])
      .where(isOneOf('id', ids))
      .execute(),
};

/** @returns says what somebody or something is called now; null: nothing, or it is not kept any more. */
export async function readNames(
  view: View,
  parties: readonly AuditParty[],
): Promise<(party: AuditParty) => string | null> {
  const byKind = [...Map.groupBy(parties, ({ kind }) => kind)];
  const found = await together(
    ...byKind.map(async ([kind, named]) => {
      const ids = [...new Set(named.map(({ id }) => id))];
      const rows = (await READERS[kind]?.(view, ids)) ?? [];
      return [kind, new Map(rows.map(({ id, name }) => [id, name]))] as const;
    }),
  );
  const names = new Map(found);
  return ({ kind, id }) => names.get(kind)?.get(id) ?? null;
}
