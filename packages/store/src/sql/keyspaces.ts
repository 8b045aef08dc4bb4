import { KeyholdError, type KeyspaceDefinition, OPERATOR_KEYSPACE } from '@keyhold/core';
import { keyspaceNotFound } from '../not-found.ts';
import { parseList } from './json-columns.ts';
import type { Transaction, View } from './transaction.ts';

export interface KeyspaceRow {
  readonly id: string;
  /** Null: removed from the configuration, or the built-in keyspace of operator tokens. */
  readonly definition: KeyspaceDefinition | null;
}

export async function findKeyspace(view: View, id: string): Promise<KeyspaceRow | undefined> {
  const row = await view.db
    .selectFrom('keyspace')
    .select(['id', 'definition'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row && { id: row.id, definition: row.definition === null ? null : parseDefinition(row.definition) };
}

/** @throws {KeyholdError} `keyspace_not_found`: not in the configuration, or the operators' own. */
export async function requireConfiguredKeyspace(view: View, id: string): Promise<KeyspaceDefinition> {
  const keyspace = id === OPERATOR_KEYSPACE ? undefined : await findKeyspace(view, id);
  if (keyspace?.definition == null) throw keyspaceNotFound();
  return keyspace.definition;
}

/** Says whether an organization with these features (JSON list of text) may use a keyspace. */
export function hasRequiredFeature({ requiresFeature }: KeyspaceDefinition, features: string): boolean {
  return requiresFeature === null || parseList(features).includes(requiresFeature);
}

/** One that was ever configured; its keys can be looked at when it is gone. @throws {KeyholdError} `keyspace_not_found`. */
export async function requireKnownKeyspace(view: View, id: string): Promise<void> {
  if (id === OPERATOR_KEYSPACE || (await findKeyspace(view, id)) === undefined) throw keyspaceNotFound();
}

/** As {@link requireConfiguredKeyspace}, for what makes a secret. @throws {KeyholdError} `keyspace_retired` too. */
export async function requireIssuingKeyspace(view: View, id: string): Promise<KeyspaceDefinition> {
  const definition = await requireConfiguredKeyspace(view, id);
  if (definition.retired) {
    throw new KeyholdError(
      'keyspace_retired',
      `The keyspace "${id}" is retired: its keys are denied and no more are made. Use another one.`,
    );
  }
  return definition;
}

/** Gives out the next key number of a keyspace, and notes that its format is in use from now on. */
export async function takeKeyNumber(tx: Transaction, keyspace: string): Promise<number> {
  const { last_number } = await tx.db
    .updateTable('keyspace')
    .set((eb) => ({
      last_number: eb('last_number', '+', 1),
      format_used_at_ms: eb.fn.coalesce('format_used_at_ms', eb.val(tx.nowMs)),
    }))
    .where('id', '=', keyspace)
    .returning('last_number')
    .executeTakeFirstOrThrow();
  return last_number;
}

/** Notes that a key was made under the keyspace's present format. */
export async function noteFormatUse(tx: Transaction, keyspace: string): Promise<void> {
  await tx.db
    .updateTable('keyspace')
    .set({ format_used_at_ms: tx.nowMs })
    .where('id', '=', keyspace)
    .where('format_used_at_ms', 'is', null)
    .execute();
}

export function parseDefinition(column: string): KeyspaceDefinition {
  return JSON.parse(column);
}
