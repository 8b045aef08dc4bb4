import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ReplicatedKeyspace } from '@keyhold/coherence';
import {
  type FormerFormat,
  type Json,
  KeyholdError,
  type KeyspaceDefinition,
  OPERATOR_KEYSPACE,
} from '@keyhold/core';
import type { ConfigurationState, MutationContext } from '../records.ts';
import type { Mutated } from '../store.ts';
import { authorize } from './authorize.ts';
import { parseList } from './json-columns.ts';
import { parseDefinition } from './keyspaces.ts';
import { finishMutation, nothingToDo } from './mutation.ts';
import type { Transaction, View } from './transaction.ts';

export interface AppliedConfiguration {
  readonly revision: number;
  readonly changedKeyspaces: readonly string[];
}

/** See {@link Store.applyConfiguration}. */
export async function applyConfiguration(
  tx: Transaction,
  context: MutationContext,
  configuration: ConfigurationState,
  options: { readonly acceptOlder: boolean },
): Promise<Mutated<AppliedConfiguration>> {
  const actor = await authorize(tx, context, { scope: null, keyspace: null, selfService: false });
  const wanted = new Map(configuration.keyspaces.map((definition) => [definition.id, definition]));
  requireValid(configuration, wanted);
  const digest = digestOf(wanted);
  const current = await readRevision(tx);
  if (current?.digest === digest) {
    return nothingToDo(current.seq, { revision: current.revision, changedKeyspaces: [] });
  }
  if (!options.acceptOlder) await requireNew(tx, digest);

  const stored = await readConfigured(tx);
  const removed = stored.filter(({ definition }) => !wanted.has(definition.id));
  removed.forEach(requireRemovable);
  for (const each of removed) await removeKeyspace(tx, each);
  const changed: string[] = [];
  for (const definition of wanted.values()) {
    const before = stored.find((each) => each.definition.id === definition.id);
    if (before !== undefined && canonicalJson(before.definition) === canonicalJson(definition)) continue;
    changed.push(definition.id);
    await putKeyspace(tx, definition, before);
  }

  const revision = (current?.revision ?? 0) + 1;
  await tx.db
    .insertInto('configuration')
    .values({ revision, digest, applied_at_ms: tx.nowMs, seq: 0 })
    .execute();
  const removedIds = removed.map(({ definition }) => definition.id);
  const mutated = await finishMutation<AppliedConfiguration>(tx, context, actor, {
    verb: 'configure',
    audit: [
      {
        action: 'configuration.apply',
        subject: { kind: 'configuration', id: String(revision) },
        keyspace: null,
        organization: null,
        details: { changed, removed: removedIds },
      },
    ],
    change: { kind: 'configuration', keyspaces: await readKeyspaces(tx) },
    subject: String(revision),
    changed: [],
    value: () => ({ revision, changedKeyspaces: [...changed, ...removedIds] }),
  });
  await tx.db
    .updateTable('configuration')
    .set({ seq: mutated.seq })
    .where('revision', '=', revision)
    .execute();
  return mutated;
}

/** The configured keyspaces with the formats that keys of theirs may still have, by id. */
export async function readKeyspaces(view: View): Promise<readonly ReplicatedKeyspace[]> {
  const former = await view.db
    .selectFrom('keyspace_format')
    .select(['keyspace', 'template', 'environments'])
    .orderBy('keyspace')
    .orderBy('template')
    .orderBy('environments')
    .execute();
  return (await readConfigured(view)).map(({ definition }) => ({
    definition,
    formerFormats: former
      .filter(({ keyspace }) => keyspace === definition.id)
      .map(({ template, environments }) => ({ template, environments: parseList(environments) })),
  }));
}

interface ConfiguredKeyspace {
  readonly definition: KeyspaceDefinition;
  readonly lastNumber: number;
  readonly formatUsed: boolean;
}

async function readConfigured(view: View): Promise<readonly ConfiguredKeyspace[]> {
  const rows = await view.db.selectFrom('keyspace').selectAll().orderBy('id').execute();
  return rows.flatMap((row) =>
    row.definition === null
      ? []
      : [
          {
            definition: parseDefinition(row.definition),
            lastNumber: row.last_number,
            formatUsed: row.format_used_at_ms !== null,
          },
        ],
  );
}

async function readRevision(view: View) {
  return await view.db
    .selectFrom('configuration')
    .select(['revision', 'digest', 'seq'])
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function requireValid(
  configuration: ConfigurationState,
  wanted: ReadonlyMap<string, KeyspaceDefinition>,
): void {
  if (wanted.size !== configuration.keyspaces.length) {
    throw new KeyholdError('configuration_invalid', 'Two keyspaces have the same id. Give each one its own.');
  }
  if (wanted.has(OPERATOR_KEYSPACE)) {
    throw new KeyholdError(
      'configuration_invalid',
      `The keyspace id "${OPERATOR_KEYSPACE}" is reserved for operator tokens. Choose another one.`,
    );
  }
}

async function requireNew(tx: Transaction, digest: string): Promise<void> {
  const older = await tx.db
    .selectFrom('configuration')
    .select('revision')
    .where('digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  if (older === undefined) return;
  throw new KeyholdError(
    'configuration_older',
    `This configuration is revision ${older.revision}, which a newer one has replaced. Start with the newer file, or say that the older one is meant.`,
  );
}

function requireRemovable({ definition, lastNumber }: ConfiguredKeyspace): void {
  if (lastNumber === 0 || definition.retired) return;
  throw new KeyholdError(
    'configuration_invalid',
    `The keyspace "${definition.id}" has keys and is gone from the configuration. Put it back with "retired: true"; once that has been applied it can be removed.`,
  );
}

/** Its keys stay for the record; no configuration recognises them any more. */
async function removeKeyspace(tx: Transaction, keyspace: ConfiguredKeyspace): Promise<void> {
  await rememberFormats(tx, keyspace, []);
  await tx.db
    .updateTable('keyspace')
    .set({ definition: null, format_used_at_ms: null })
    .where('id', '=', keyspace.definition.id)
    .execute();
}

async function putKeyspace(
  tx: Transaction,
  definition: KeyspaceDefinition,
  before: ConfiguredKeyspace | undefined,
): Promise<void> {
  const sameFormat =
    before !== undefined && isDeepStrictEqual(formatsOf(before.definition)[0], formatsOf(definition)[0]);
  if (before !== undefined) await rememberFormats(tx, before, formatsOf(definition));
  const json = JSON.stringify(definition);
  await tx.db
    .insertInto('keyspace')
    .values({ id: definition.id, definition: json, last_number: 0, format_used_at_ms: null })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ definition: json, ...(!sameFormat && { format_used_at_ms: null }) }),
    )
    .execute();
}

/** Keys made under a format stay recognised when it goes, or loses environments that they name. */
async function rememberFormats(
  tx: Transaction,
  { definition, lastNumber, formatUsed }: ConfiguredKeyspace,
  kept: readonly FormerFormat[],
): Promise<void> {
  if (lastNumber === 0) return;
  const [issued, ...accepted] = formatsOf(definition);
  const gone = [...(formatUsed ? [issued] : []), ...accepted].filter(
    (format) => !kept.some((each) => isDeepStrictEqual(each, format)),
  );
  for (const { template, environments } of gone) {
    await tx.db
      .insertInto('keyspace_format')
      .values({
        keyspace: definition.id,
        template,
        environments: JSON.stringify(environments),
        replaced_at_ms: tx.nowMs,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** What keys of it may look like; the first is the one they are issued under. */
function formatsOf({ key, environments }: KeyspaceDefinition): readonly [FormerFormat, ...FormerFormat[]] {
  const named = [...environments].sort();
  const toFormat = (template: string): FormerFormat => ({
    template,
    environments: template.includes('{environment}') ? named : [],
  });
  return [toFormat(key.format), ...key.alsoAccepted.map(toFormat)];
}

/** The same for two files that mean the same: the order of keyspaces and of fields does not count. */
function digestOf(keyspaces: ReadonlyMap<string, KeyspaceDefinition>): string {
  const ids = [...keyspaces.keys()].sort();
  return hash('sha256', ids.map((id) => canonicalJson(keyspaces.get(id))).join('\n'));
}

/** JSON with fields in order of name, but for the objects whose order means something. */
function canonicalJson(definition: KeyspaceDefinition | undefined): string {
  return JSON.stringify(definition, (name, value: Json) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    // Scopes are listed in this order, and the bodies are sent in it.
    if (name === 'scopes' || name === 'errors') return JSON.stringify(value);
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
