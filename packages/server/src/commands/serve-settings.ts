import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type Configuration, defaultConfiguration, loadConfiguration } from '../config/configuration.ts';
import { FIELDS_NOT_BUILT } from '../config/fields-not-built.ts';
import { SETTINGS, type SettingName, toFlag } from '../config/settings-section.ts';
import { resolveSettings, type Settings } from '../settings/settings.ts';
import type { CommandIo } from './command-io.ts';

/** As commander gives them: `gatewayPort` for `--gateway-port`. */
export interface SettingFlags {
  readonly config?: string;
  readonly [flag: string]: string | undefined;
}

const DEFAULT_FILE = 'keyhold.yaml';

/** Gives a command `--config` and a flag for each of these settings, described as the reference describes them. */
export function withSettingFlags(command: Command, names: readonly SettingName[]): Command {
  command.option(
    '--config <file>',
    `the configuration file (KEYHOLD_CONFIG); default ./${DEFAULT_FILE} if it is there`,
  );
  for (const name of names) {
    const { description = '', default: byDefault } = SETTINGS.fields.shape[name].meta() ?? {};
    command.option(
      `${toFlag(name)} <value>`,
      `${description.replaceAll('`', '')} Default: ${String(byDefault).replaceAll('`', '')}.`,
    );
  }
  // Known, so that asking for one is answered with what it is and not with "unknown option".
  for (const { section, name } of FIELDS_NOT_BUILT) {
    if (section === 'settings' && /^\w+$/.test(name) && name !== 'pepper')
      command.addOption(new Option(`${toFlag(name)} <value>`).hideHelp());
  }
  return command;
}

/**
 * Reads the configuration file and settles the settings.
 *
 * @throws {KeyholdError} `configuration_invalid`, `settings_invalid`.
 */
export async function readServerSettings(
  io: CommandIo,
  flags: SettingFlags,
): Promise<{ readonly configuration: Configuration; readonly settings: Settings }> {
  const { environment, workingDirectory } = io;
  const named = flags.config ?? (environment['KEYHOLD_CONFIG'] || undefined);
  const path = resolve(workingDirectory, named ?? DEFAULT_FILE);
  const isThere = named !== undefined || existsSync(path);
  const configuration = isThere ? await loadConfiguration(path) : defaultConfiguration();
  const settings = resolveSettings({
    flags: Object.fromEntries(Object.entries(flags).map(([flag, value]) => [toSettingName(flag), value])),
    environment,
    file: isThere ? { path, ...configuration } : null,
    workingDirectory,
  });
  return { configuration, settings };
}

function toSettingName(flag: string): string {
  return flag.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
