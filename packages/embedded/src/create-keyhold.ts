import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type KeyholdClient, type KeyholdVerifier, toKeyholdVerifier } from '@keyhold/sdk';
import {
  createLogger,
  createSystemClock,
  defaultConfiguration,
  loadConfiguration,
  openInProcess,
  resolveSettings,
  systemRandomBytes,
  toConfiguration,
} from '@keyhold/server';
import type { KeyholdConfig } from './keyhold-config.ts';

export interface KeyholdOptions {
  /** `file:PATH`, which this process then has to itself, or `postgres://…`, which it shares with other nodes. */
  readonly database: string;
  /**
   * Path of a `keyhold.yaml`, or what would stand in one; relative paths in an object start at the working directory. Default:
   * one keyspace, `default`. Gateways in it are checked and not opened.
   */
  readonly config?: string | KeyholdConfig;
  /** Where customers reach {@link Keyhold.listener}: the links to pages and claim links begin with it. */
  readonly publicUrl?: string;
  /** Takes a configuration back that a newer one has replaced. Default: it is refused. */
  readonly acceptOlderConfiguration?: boolean;
  /** Default: warnings and errors, as JSON lines on standard error. */
  readonly log?: KeyholdLog;
}

/** Where log lines go. No field holds a key, a token or a header's value. */
export interface KeyholdLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Keyhold in this process: it verifies, as the SDK does, and manages. */
export interface Keyhold extends KeyholdVerifier {
  /** Every call of the management API, without a token: this process owns the store. The audit log names it `embedded`. */
  readonly client: KeyholdClient;
  /**
   * What a server answers on its management port, for a server of yours: the API Keys page below `/portal/`, claim links
   * below `/claim/`, and `/v1` for whoever has an operator token.
   */
  readonly listener: RequestListener;
  /** Lets calls under way finish, writes out what was counted, and closes the store. */
  close(): Promise<void>;
}

/**
 * Opens the database, makes it if need be, and loads its keys into memory.
 *
 * @throws {KeyholdError} `settings_invalid`, `configuration_invalid`, `configuration_older`, `data_directory_locked` when
 *   another process has the file, and what opening a database throws.
 */
export async function createKeyhold(options: KeyholdOptions): Promise<Keyhold> {
  const { log = createLogger('warn'), acceptOlderConfiguration = false } = options;
  const given = await readConfig(options.config);
  const configuration = given ?? defaultConfiguration();
  // There is no control socket; the directory is asked for and stays empty but for its lock.
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-embedded-'));
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  const clock = createSystemClock();
  try {
    const settings = resolveSettings({
      flags: { data: directory, database: options.database, public_url: options.publicUrl },
      environment: {},
      file: given,
      workingDirectory: process.cwd(),
    });
    const keyhold = await openInProcess({
      settings,
      configuration,
      acceptOlderConfiguration,
      clock,
      randomBytes: systemRandomBytes,
      log,
    });
    if (configuration.gateways.length > 0) {
      const keyspaces = configuration.gateways.map(({ keyspace }) => keyspace);
      log.info(
        { keyspaces },
        'no gateway is opened in an embedded Keyhold; put the middleware in front of your routes',
      );
    }
    const { verifier, fetch, listener } = keyhold;
    return {
      ...toKeyholdVerifier({ verifier, clock }, () => keyhold.appliedSeq()),
      client: createClient({ url: 'http://embedded', token: 'none', fetch }),
      listener,
      async close() {
        await keyhold[Symbol.asyncDispose]();
        removeDirectory();
      },
    };
  } catch (error) {
    removeDirectory();
    throw error;
  }
}

/** Null: none was given. `path` is what messages call it. */
async function readConfig(config: string | KeyholdConfig | undefined) {
  if (config === undefined) return null;
  if (typeof config === 'string') return { path: config, ...(await loadConfiguration(config)) };
  return { path: 'config', ...toConfiguration('config', config) };
}
