import { resolve } from 'node:path';
import { KeyholdError } from '@keyhold/core';
import type { CopiedStore } from '@keyhold/store';
import type { Command } from 'commander';
import { SETTINGS } from '../config/settings-section.ts';
import { copyDatabase, migrateDatabase } from '../process/database-moves.ts';
import { createSystemClock, systemRandomBytes } from '../process/system-clock.ts';
import type { DatabaseSetting } from '../settings/settings.ts';
import type { CommandIo } from './command-io.ts';
import { readServerSettings, type SettingFlags, withSettingFlags } from './serve-settings.ts';
import { renderTable } from './table.ts';

interface CopyFlags {
  readonly from: string;
  readonly to: string;
  readonly json?: true;
}

/** Adds what moves a store from one database to another. */
export function addDatabaseMoves(database: Command, io: CommandIo): void {
  const machine = { clock: createSystemClock(), randomBytes: systemRandomBytes };

  database
    .command('copy')
    .description('copy everything from one database to another, with no server running on either')
    .requiredOption('--from <database>', 'file:PATH or postgres://user@host/name')
    .requiredOption('--to <database>', 'likewise; empty, or an earlier copy of the same')
    .option('--json', 'print JSON')
    .action(async ({ from, to, json }: CopyFlags) => {
      process.umask(0o077);
      const copied = await copyDatabase(
        { from: toDatabase('--from', from, io), to: toDatabase('--to', to, io) },
        machine,
      );
      io.print(json === true ? `${JSON.stringify(toFields(copied))}\n` : render(copied));
    });

  withSettingFlags(database.command('migrate'), ['data', 'database'])
    .description('bring the schema of the database up to date, as the next start would')
    .action(async (flags: SettingFlags) => {
      process.umask(0o077);
      const notice = await migrateDatabase((await readServerSettings(io, flags)).settings, machine);
      if (notice !== null) io.complain(`${notice}\n`);
      io.print('The schema is up to date.\n');
    });
}

function toDatabase(flag: string, text: string, { workingDirectory }: CommandIo): DatabaseSetting {
  const { data, error } = SETTINGS.fields.shape.database.safeParse(text);
  if (data === undefined) {
    throw new KeyholdError('settings_invalid', `${flag}: ${error?.issues[0]?.message ?? 'is no database'}`);
  }
  return data.kind === 'sqlite' ? { kind: 'sqlite', file: resolve(workingDirectory, data.path) } : data;
}

function toFields({ seq, tables, aside }: CopiedStore): object {
  return {
    seq,
    replaced: aside,
    tables: tables.map(({ name, rowCount, digest }) => ({ name, row_count: rowCount, sha256: digest })),
  };
}

function render({ seq, tables, aside }: CopiedStore): string {
  const rows = tables.map(({ name, rowCount, digest }) => [name, String(rowCount), digest]);
  const kept = aside === null ? '' : `The database that was in its place is kept as ${aside}.\n`;
  return `${renderTable(['TABLE', 'ROWS', 'SHA-256, SENT AND KEPT'], rows)}Copied, from change ${seq} on.\n${kept}`;
}
