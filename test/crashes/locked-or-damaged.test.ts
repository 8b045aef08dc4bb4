import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { type IssuedKey, type Keyhold, startKeyhold } from '../_harness.ts';

const CONFIGURATION = `
keyspaces:
  hard:
    key: { format: "ha_{random:base62:32}", masked: "{first:6}…" }
`;

/** Takes the write lock and keeps it until the process ends, which it does with its standard input. */
const LOCK = `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(process.argv[1]);
database.exec('BEGIN IMMEDIATE');
process.stdout.write('locked');
process.stdin.resume();
`;

let keyhold: Keyhold | undefined;
afterEach(async () => {
  await keyhold?.stop();
  keyhold = undefined;
});

const databaseOf = (running: Keyhold) => join(running.dataDirectory, 'keyhold.db');

/** Another process that has the database to itself. */
async function lock(running: Keyhold): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', LOCK, databaseOf(running)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

async function startWithKey() {
  const running = await startKeyhold(CONFIGURATION);
  keyhold = running;
  await running.createOrganization('acme');
  const key = await running.issue({ keyspace: 'hard', organization: 'acme', name: 'A' });
  return { running, key };
}

const verify = async (running: Keyhold, { key }: IssuedKey) =>
  (await running.operator('POST', '/v1/verify', { key })).body;

test('while another process holds the database, a write gives up with 503 and verification goes on; both heal alone', async () => {
  const { running, key } = await startWithKey();
  const locker = await lock(running);
  for (let round = 0; round < 3; round++) {
    const refused = running.operator('POST', `/v1/keys/${key.id}/revoke`, {});
    let answered = false;
    void refused.finally(() => {
      answered = true;
    });
    while (!answered) expect(await verify(running, key)).toMatchObject({ valid: true });
    expect(await refused).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.any(String) },
      body: { code: 'store_unavailable' },
    });
    expect((await running.operator('GET', `/v1/keys/${key.id}`)).status).toBe(200);
  }
  locker.kill('SIGKILL');
  await once(locker, 'exit');
  expect((await running.operator('POST', `/v1/keys/${key.id}/revoke`, {})).status).toBe(200);
  expect(await verify(running, key)).toEqual({ valid: false, reason: 'revoked' });
});

test('a server does not start on a database that another process holds, and says so in one line', async () => {
  const { running } = await startWithKey();
  running.kill();
  await running.exited;
  const locker = await lock(running);
  await expect(running.restart()).rejects.toThrow(
    /^keyhold: The store did not answer: database is locked\. Try again\.$/,
  );
  locker.kill('SIGKILL');
  await once(locker, 'exit');
  keyhold = await running.restart();
});

const DAMAGES: readonly [string, (file: string) => number][] = [
  ['the header', () => 0],
  ['a page in the middle', (file) => Math.floor(statSync(file).size / 2 / 4_096) * 4_096],
  ['the last page', (file) => statSync(file).size - 4_096],
];

test.each(DAMAGES)(
  'a server refuses to start with damage in %s, names the file and the command, and leaves it alone',
  async (_what, where) => {
    const { running } = await startWithKey();
    const file = databaseOf(running);
    // Stopped in order, so that everything stands in the one file.
    await running.shutDown();
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, where(file));
    await handle.close();
    const before = readFileSync(file);
    const start = running.restart();
    await expect(start).rejects.toThrow(file);
    await expect(start).rejects.toThrow(
      /^keyhold: The store .* is damaged .*"keyhold database restore BACKUP".*$/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  },
);
