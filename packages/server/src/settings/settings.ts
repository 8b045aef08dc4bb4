import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type JsonObject, KeyholdError } from '@keyhold/core';
import { FIELDS_NOT_BUILT } from '../config/fields-not-built.ts';
import { describeIssue } from '../config/section.ts';
import {
  type NamedDatabase,
  type Role,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  toFlag,
  toVariable,
} from '../config/settings-section.ts';
import type { OidcSettings } from '../console/oidc-settings.ts';
import { readSecretSetting } from './secret-setting.ts';

/** The database that a server works on. */
export type DatabaseSetting =
  | { readonly kind: 'sqlite'; readonly file: string }
  /** Never logged: it may hold a password. */
  | { readonly kind: 'postgres'; readonly connectionString: string };

/** How this process runs. Paths are absolute. */
export interface Settings {
  readonly dataDirectory: string;
  readonly database: DatabaseSetting;
  /** Processes that answer; with one, the server is a single process. */
  readonly workers: number;
  readonly nodeName: string;
  readonly host: string;
  readonly port: number;
  /** Null: there is no shared gateway port. */
  readonly gatewayPort: number | null;
  /** Null: the address of the management port. */
  readonly publicUrl: URL | null;
  /** Paths of PEM files; null: plain HTTP. */
  readonly tls: { readonly certPath: string; readonly keyPath: string } | null;
  readonly roles: readonly Role[];
  readonly authorizeSocketPath: string | null;
  readonly trustedProxies: readonly string[];
  readonly logLevel: string;
  /** The OpenID provider that people may log in by; null: none. */
  readonly oidc: OidcSettings | null;
}

/** Where settings come from, strongest first. */
export interface SettingSources {
  /** By setting name (`public_url`), as given on the command line. */
  readonly flags: { readonly [name: string]: string | undefined };
  readonly environment: { readonly [variable: string]: string | undefined };
  /** The section `settings` of the configuration file. */
  readonly file: {
    readonly path: string;
    readonly settings: JsonObject;
    /** Default: none. */
    readonly oidc?: Omit<OidcSettings, 'clientSecret'> | null;
  } | null;
  /** Where relative paths of flags and variables start. */
  readonly workingDirectory: string;
}

const DATABASE_FILE_NAME = 'keyhold.db';

/** Those that `KEYHOLD_…_FILE` may give too. */
const MAY_HOLD_SECRETS: ReadonlySet<SettingName> = new Set(['database']);

/**
 * Settles every setting: flag before environment before file before default. A variable set to nothing counts as not set.
 *
 * @throws {KeyholdError} `settings_invalid` with one line for each setting that is wrong or not built yet.
 */
export function resolveSettings(sources: SettingSources): Settings {
  const problems = refuseNotBuilt(sources);
  const given = new Map(SETTING_NAMES.map((name) => [name, find(name, sources)]));
  const values = Object.fromEntries([...given].map(([name, { value }]) => [name, value]));
  const result = SETTINGS.fields.safeParse(values);
  for (const issue of result.error?.issues ?? []) {
    const name = SETTING_NAMES.find((setting) => setting === issue.path[0])!;
    problems.push(`${given.get(name)!.origin}: ${describeIssue(issue, values[name])}`);
  }
  if ((values['tls_cert'] === undefined) !== (values['tls_key'] === undefined)) {
    problems.push(
      '--tls-cert and --tls-key: one is given without the other; give both, or none for plain HTTP',
    );
  }
  if (!result.success || problems.length > 0) throw new KeyholdError('settings_invalid', problems.join('\n'));

  const whole = result.data;
  const toPath = (name: SettingName, path: string) => resolve(given.get(name)!.directory, path);
  const dataDirectory = toPath('data', whole.data);
  return {
    dataDirectory,
    database: toDatabase(whole.database, dataDirectory, (path) => toPath('database', path)),
    workers: whole.workers,
    nodeName: whole.node_name ?? hostname(),
    host: whole.host,
    port: whole.port,
    gatewayPort: whole.gateway_port ?? null,
    publicUrl: whole.public_url ?? null,
    tls:
      whole.tls_cert === undefined || whole.tls_key === undefined
        ? null
        : { certPath: toPath('tls_cert', whole.tls_cert), keyPath: toPath('tls_key', whole.tls_key) },
    roles: whole.role,
    authorizeSocketPath:
      whole.authorize_socket === undefined ? null : toPath('authorize_socket', whole.authorize_socket),
    trustedProxies: whole.trusted_proxies,
    logLevel: whole.log_level,
    oidc: toOidc(sources),
  };
}

function toDatabase(
  named: NamedDatabase | undefined,
  dataDirectory: string,
  toPath: (path: string) => string,
): DatabaseSetting {
  if (named === undefined) return { kind: 'sqlite', file: join(dataDirectory, DATABASE_FILE_NAME) };
  return named.kind === 'sqlite' ? { kind: 'sqlite', file: toPath(named.path) } : named;
}

function toOidc({ environment, file }: SettingSources): OidcSettings | null {
  const oidc = file?.oidc ?? null;
  const clientSecret = readSecretSetting('KEYHOLD_OIDC_CLIENT_SECRET', environment);
  return oidc === null ? null : { ...oidc, clientSecret };
}

interface GivenSetting {
  readonly value: unknown;
  /** As a message names it. */
  readonly origin: string;
  /** Where a relative path in it starts. */
  readonly directory: string;
}

function find(
  name: SettingName,
  { flags, environment, file, workingDirectory }: SettingSources,
): GivenSetting {
  const flag = flags[name];
  if (flag !== undefined) return { value: flag, origin: toFlag(name), directory: workingDirectory };
  const variable = MAY_HOLD_SECRETS.has(name)
    ? readSecretSetting(toVariable(name), environment)
    : environment[toVariable(name)];
  if (variable !== undefined && variable !== null && variable !== '')
    return { value: variable, origin: toVariable(name), directory: workingDirectory };
  const written = file?.settings[name];
  if (file !== null && written !== undefined)
    return { value: written, origin: `${file.path} settings.${name}`, directory: dirname(file.path) };
  return { value: undefined, origin: toFlag(name), directory: workingDirectory };
}

/** One line for each flag or variable that asks for something of a later version; silence would be taken for consent. */
function refuseNotBuilt({ flags, environment }: SettingSources): string[] {
  const lines: string[] = [];
  for (const { section, name, what } of FIELDS_NOT_BUILT) {
    if (section !== 'settings') continue;
    const variables = [toVariable(name), `${toVariable(name)}_FILE`].filter(
      (variable) => (environment[variable] ?? '') !== '',
    );
    const given = flags[name] === undefined ? variables : [toFlag(name), ...variables];
    for (const origin of given) lines.push(`${origin}: ${what} is not built yet; remove it`);
  }
  return lines;
}
