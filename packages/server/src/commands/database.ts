import { resolve } from 'node:path';
import { formatInstant, KeyholdError } from '@keyhold/core';
import type { CopySummary, Restored } from '@keyhold/store';
import { Command, Option } from 'commander';
import type { ControlAnswer } from '../process/control-calls.ts';
import { runControlCommand } from '../process/control-command.ts';
import { backUpDatabase, restoreDatabase } from '../process/database-files.ts';
import { quarantineDatabase } from '../process/database-moves.ts';
import { createSystemClock, systemRandomBytes } from '../process/system-clock.ts';
import type { CommandIo } from './command-io.ts';
import { addDatabaseMoves } from './database-moves.ts';
import { shown } from './options.ts';
import { readServerSettings, type SettingFlags, withSettingFlags } from './serve-settings.ts';
import { renderTable } from './table.ts';

interface Flags extends SettingFlags {
  readonly json?: string;
}

const SETTINGS = ['data', 'database'] as const;

export function createDatabaseCommand(io: CommandIo): Command {
  const database = new Command('database').description(
    'back up, restore, release what a restore denies, and move to another database',
  );
  const add = (synopsis: string, description: string) =>
    withSettingFlags(database.command(synopsis), SETTINGS)
      .description(description)
      .option('--json', 'print JSON');
  const print = (json: string | undefined, fields: object, text: string) =>
    io.print(json === undefined ? text : `${JSON.stringify(fields)}\n`);
  /** Files are for this user alone, whatever the shell says. */
  const readPlace = async (flags: SettingFlags) => {
    process.umask(0o077);
    return (await readServerSettings(io, flags)).settings;
  };

  add('backup <file>', 'copy the database to a new file, while the server runs or not').action(
    async (file: string, { json, ...flags }: Flags) => {
      const target = resolve(io.workingDirectory, file);
      const summary = backUpDatabase(await readPlace(flags), target);
      print(json, toBackupFields(target, summary), renderBackup(target, summary));
    },
  );

  add(
    'restore <file>',
    'put a backup in place of the database of a stopped server; what was revoked since is not brought back',
  )
    .option('--quarantine', 'deny every key until it is released, whatever the replaced database vouches for')
    .action(
      async (file: string, { json, quarantine, ...flags }: Flags & { readonly quarantine?: string }) => {
        const settings = await readPlace(flags);
        const { databaseFile, restored } = await restoreDatabase(settings, {
          backup: resolve(io.workingDirectory, file),
          quarantine: quarantine !== undefined,
          clock: createSystemClock(),
          randomBytes: systemRandomBytes,
        });
        if (json === undefined) io.print(renderRestored(databaseFile, restored));
        const operator =
          restored.silence === null
            ? null
            : await runControlCommand(settings, 'resetOperator', { name: 'database restore' });
        print(
          json,
          { ...toRestoredFields(databaseFile, restored), operator },
          operator === null ? '' : renderOperator(operator),
        );
      },
    );

  add('quarantine', 'list what a restore denies until it is released')
    .option('--everything', "first deny all there is: tools of the database's own have set it back")
    .action(async ({ json, everything, ...flags }: Flags & { readonly everything?: string }) => {
      const settings = await readPlace(flags);
      if (everything === undefined) {
        const held = await runControlCommand(settings, 'readQuarantine', {});
        print(json, held, renderQuarantine(held));
        return;
      }
      await quarantineDatabase(settings, { clock: createSystemClock(), randomBytes: systemRandomBytes });
      const operator = await runControlCommand(settings, 'resetOperator', { name: 'database quarantine' });
      const held = await runControlCommand(settings, 'readQuarantine', {});
      const table = renderQuarantine(held).replaceAll(/^(?=.)/gm, '# ');
      print(json, { ...held, operator }, `${table}${renderOperator(operator)}`);
    });

  add('release', 'let keys or an operator token go on that a restore denies, after you have reviewed them')
    .option('--keyspace <id>', 'the keys of this keyspace')
    .option('--organization <id>', 'of these only those of one organization')
    .addOption(new Option('--operator <id>', 'this operator token').conflicts(['keyspace', 'organization']))
    .action(async ({ json, keyspace, organization, operator, ...flags }: Flags) => {
      const settings = await readPlace(flags);
      if (operator !== undefined) {
        const released = await runControlCommand(settings, 'releaseOperator', { id: toOperatorId(operator) });
        print(json, released, `Released ${released.id} (${released.name}).\n`);
        return;
      }
      if (keyspace === undefined) {
        throw new KeyholdError(
          'settings_invalid',
          'name what to release: --keyspace ID, with or without --organization ID, or --operator ID',
        );
      }
      const selector = { keyspace, organization: organization ?? null };
      const released = await runControlCommand(settings, 'releaseKeys', selector);
      print(json, released, `Released ${countKeys(released.released_count)}. They are accepted again.\n`);
    });

  addDatabaseMoves(database, io);
  return database;
}

function toOperatorId(text: string): `op_${string}` {
  if (text.startsWith('op_')) return `op_${text.slice('op_'.length)}`;
  throw new KeyholdError('settings_invalid', `--operator: ${JSON.stringify(text)} is no operator id (op_…)`);
}

function toBackupFields(file: string, { seq, lastEventAtMs, keyCount }: CopySummary): object {
  return { file, seq, last_event_at: toInstant(lastEventAtMs), key_count: keyCount };
}

function renderBackup(file: string, { seq, lastEventAtMs, keyCount }: CopySummary): string {
  const last = shown(toInstant(lastEventAtMs));
  return `Wrote ${file}: ${countKeys(keyCount)}, change ${seq}, last event ${last}.\nKeep it as safe as the database itself.\n`;
}

function toRestoredFields(database: string, { aside, silence, lostKeyCount, quarantine }: Restored): object {
  return {
    database,
    replaced: aside,
    carried_over: silence === null,
    quarantine_reason: silence,
    lost_key_count: lostKeyCount,
    quarantine: {
      keyspaces: quarantine.keyspaces.map(({ keyspace, keyCount }) => ({ keyspace, key_count: keyCount })),
      operators: quarantine.operators.map(({ id, name, maskedKey }) => ({
        id,
        name,
        masked_token: maskedKey,
      })),
    },
  };
}

const REASONS: Readonly<Record<NonNullable<Restored['silence']>, string>> = {
  absent: 'there was no database in its place',
  unreadable: 'the replaced database cannot be read',
  other_version: 'another version of the program wrote the replaced database',
  not_a_successor: "the replaced database does not continue the backup's history",
  asked: 'it was asked for',
};

/** A shell script, as the banner of a first start is: all of it may be evaluated. */
function renderRestored(database: string, { aside, silence, lostKeyCount, quarantine }: Restored): string {
  const lines = [`Restored ${database}.`];
  if (aside !== null) lines.push(`The database it replaced is kept as ${aside}.`);
  if (silence === null) {
    lines.push('It vouched for the keys: what was denied since the backup stays denied.');
  } else {
    lines.push(
      `Every key and operator token of the backup is denied until it is released: ${REASONS[silence]}.`,
    );
  }
  if (lostKeyCount !== null && lostKeyCount > 0) {
    lines.push(`Issued after the backup, not in it, and so denied as unknown: ${countKeys(lostKeyCount)}.`);
  }
  for (const { keyspace, keyCount } of quarantine.keyspaces) {
    lines.push(
      `${countKeys(keyCount)} of ${keyspace} to review, then: keyhold database release --keyspace ${keyspace}`,
    );
  }
  for (const { id, name } of quarantine.operators) {
    lines.push(
      `The operator token ${JSON.stringify(name)} to review, then: keyhold database release --operator ${id}`,
    );
  }
  return lines.map((line) => `# ${line}\n`).join('');
}

function renderOperator({ id, token }: ControlAnswer<'resetOperator'>): string {
  return `# ${id}, a new operator token with every scope. It is not shown again; keep it safe.\nexport KEYHOLD_OPERATOR_TOKEN=${token}\n`;
}

function renderQuarantine({ keyspaces, operators }: ControlAnswer<'readQuarantine'>): string {
  if (keyspaces.length + operators.length === 0) return 'Nothing is in quarantine.\n';
  const rows = [
    ...keyspaces.map(({ keyspace, key_count }) => [countKeys(key_count), keyspace, `--keyspace ${keyspace}`]),
    ...operators.map(({ id, name, masked_token }) => [masked_token, name, `--operator ${id}`]),
  ];
  return renderTable(['DENIED', 'KEYSPACE OR OPERATOR', 'RELEASE WITH'], rows);
}

function countKeys(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`;
}

function toInstant(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
