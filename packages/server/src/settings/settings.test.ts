import { mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSecretSetting } from './secret-setting.ts';
import { resolveSettings, type SettingSources } from './settings.ts';

function resolve(sources: Partial<SettingSources>) {
  return resolveSettings({ flags: {}, environment: {}, file: null, workingDirectory: '/srv', ...sources });
}

const FILE = { path: '/etc/keyhold/keyhold.yaml', settings: { port: 3, host: 'file', log_level: 'warn' } };

test('without anything said, a server listens on loopback and keeps its files in ./data', () => {
  expect(resolve({})).toEqual({
    dataDirectory: '/srv/data',
    database: { kind: 'sqlite', file: '/srv/data/keyhold.db' },
    workers: 1,
    nodeName: hostname(),
    host: '127.0.0.1',
    port: 8080,
    gatewayPort: null,
    publicUrl: null,
    tls: null,
    roles: ['api', 'gateway'],
    authorizeSocketPath: null,
    trustedProxies: [],
    logLevel: 'info',
    oidc: null,
  });
});

test('a flag comes before the environment, and the environment before the file', () => {
  const sources = {
    flags: { port: '1' },
    environment: { KEYHOLD_PORT: '2', KEYHOLD_HOST: 'variable' },
    file: FILE,
  };
  expect(resolve(sources)).toMatchObject({ port: 1, host: 'variable', logLevel: 'warn' });
});

test('a variable set to nothing is not set', () => {
  expect(resolve({ environment: { KEYHOLD_PORT: '' }, file: FILE }).port).toBe(3);
});

test('relative paths start where they were written', () => {
  const file = { path: '/etc/keyhold/keyhold.yaml', settings: { data: 'state', tls_cert: 'c.pem' } };
  const settings = resolve({
    file,
    flags: { database: 'file:db/k.db' },
    environment: { KEYHOLD_TLS_KEY: 'k.pem' },
  });
  expect(settings).toMatchObject({
    dataDirectory: '/etc/keyhold/state',
    database: { kind: 'sqlite', file: '/srv/db/k.db' },
    tls: { certPath: '/etc/keyhold/c.pem', keyPath: '/srv/k.pem' },
  });
});

test.each(['file:/var/k.db', 'file:///var/k.db'])('the database %s is a path', (database) => {
  expect(resolve({ flags: { database } }).database).toEqual({ kind: 'sqlite', file: '/var/k.db' });
});

test.each(['postgres://app@db/keyhold', 'postgresql://app@db/keyhold'])(
  'the database %s is shared',
  (url) => {
    expect(resolve({ flags: { database: url } }).database).toEqual({
      kind: 'postgres',
      connectionString: url,
    });
  },
);

test('a database with a password in it can be named by a file that only the server reads', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'keyhold-')), 'database');
  writeFileSync(file, 'postgres://app:word@db/keyhold\n');
  expect(resolve({ environment: { KEYHOLD_DATABASE_FILE: file } }).database).toEqual({
    kind: 'postgres',
    connectionString: 'postgres://app:word@db/keyhold',
  });
});

test('lists are comma-separated in flags and variables, and lists in the file', () => {
  const file = { path: '/etc/k.yaml', settings: { trusted_proxies: ['10.0.0.0/8', '::1/128'] } };
  expect(resolve({ flags: { role: 'gateway' }, file })).toMatchObject({
    roles: ['gateway'],
    trustedProxies: ['10.0.0.0/8', '::1/128'],
  });
  expect(resolve({ environment: { KEYHOLD_TRUSTED_PROXIES: '10.0.0.0/8, ::1/128' } }).trustedProxies).toEqual(
    ['10.0.0.0/8', '::1/128'],
  );
});

test.each<[string, Partial<SettingSources>, string]>([
  ['a port', { flags: { port: '99999' } }, '--port: must be at most 65535'],
  [
    'a port that is none',
    { environment: { KEYHOLD_GATEWAY_PORT: 'http' } },
    'KEYHOLD_GATEWAY_PORT: must be a number, not text',
  ],
  ['a role', { flags: { role: 'api,gatewy' } }, '--role: must be one of api, gateway'],
  [
    'a log level of the file',
    { file: { path: '/k.yaml', settings: { log_level: 'loud' } } },
    '/k.yaml settings.log_level: must be one of trace, debug, info, warn, error, silent',
  ],
  [
    'half of TLS',
    { flags: { tls_cert: 'c' } },
    '--tls-cert and --tls-key: one is given without the other; give both, or none for plain HTTP',
  ],
  [
    'another database',
    { flags: { database: 'mysql://x' } },
    '--database: is no database; write it as file:/path/keyhold.db or postgres://user@host/name',
  ],
  ['no workers', { flags: { workers: '0' } }, '--workers: must be at least 1'],
  [
    'a pepper',
    { environment: { KEYHOLD_PEPPER: 'x' } },
    'KEYHOLD_PEPPER: the pepper is not built yet; remove it',
  ],
  [
    'a pepper in a file',
    { environment: { KEYHOLD_PEPPER_FILE: '/x' } },
    'KEYHOLD_PEPPER_FILE: the pepper is not built yet; remove it',
  ],
])('%s is refused in one line that says where it came from', (_, sources, line) => {
  expect(() => resolve(sources)).toThrow(
    expect.objectContaining({ code: 'settings_invalid', message: line }),
  );
});

test('everything that is wrong is told at once', () => {
  const sources = { flags: { port: 'x', host: '' }, environment: { KEYHOLD_PEPPER: 'x' } };
  expect(() => resolve(sources)).toThrow(
    expect.objectContaining({
      message: [
        'KEYHOLD_PEPPER: the pepper is not built yet; remove it',
        '--host: must be at least 1 character long',
        '--port: must be a number, not text',
      ].join('\n'),
    }),
  );
});

test('a secret comes from its variable or the file it names, and never from both', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'keyhold-')), 'token');
  writeFileSync(file, 'from-file\n');
  expect(readSecretSetting('KEYHOLD_X', {})).toBeNull();
  expect(readSecretSetting('KEYHOLD_X', { KEYHOLD_X: 'plain' })).toBe('plain');
  expect(readSecretSetting('KEYHOLD_X', { KEYHOLD_X_FILE: file })).toBe('from-file');
  expect(() => readSecretSetting('KEYHOLD_X', { KEYHOLD_X: 'plain', KEYHOLD_X_FILE: file })).toThrow(
    'are both set; keep one',
  );
  expect(() => readSecretSetting('KEYHOLD_X', { KEYHOLD_X_FILE: `${file}.gone` })).toThrow(
    'cannot be read (ENOENT)',
  );
});
