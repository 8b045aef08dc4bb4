import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { findUnsound } from '../../packages/store/test/_soundness.ts';
import { type IssuedKey, type Keyhold, startKeyhold } from '../_harness.ts';
import type { Answer } from '../_http.ts';
import { mountSmallDisk, NO_TMPFS, type SmallDisk } from './_tmpfs.ts';

const CONFIGURATION = `
keyspaces:
  full:
    key: { format: "fu_{random:base62:32}", masked: "{first:6}…" }
`;

/** Less than SQLite's log grows to before it is brought in, so it is the log that meets the end of the disk. */
const DISK_BYTES = 3 * 1024 * 1024;
/** What a disk of this size can take at most, several times over. */
const MAX_WRITES = 20_000;

let disk: SmallDisk | null = null;
let keyhold: Keyhold | undefined;
afterEach(async () => {
  keyhold?.kill();
  await keyhold?.exited;
  keyhold = undefined;
  disk?.[Symbol.dispose]();
  disk = null;
});

test('a full disk stops writes with 507 and nothing else, leaves nothing half-written, and passes by itself', async (ctx) => {
  disk = mountSmallDisk(DISK_BYTES);
  if (disk === null) return ctx.skip(NO_TMPFS);
  const running = await startKeyhold(CONFIGURATION, disk.path);
  keyhold = running;
  await running.createOrganization('acme');
  const issue = (name: string) =>
    running.operator('POST', '/v1/keys', { keyspace: 'full', organization: 'acme', name });
  const kept = (await issue('kept')).body as IssuedKey;
  const names = ['kept'];
  let verifications = 0;
  const verify = async () => {
    verifications++;
    return (await running.operator('POST', '/v1/verify', { key: kept.key })).body;
  };

  const filler = join(disk.path, 'filler');
  fill(filler);
  const refused = await writeUntilFull(async (n) => {
    const answer = await issue(`while it fills ${n}`);
    if (answer.status === 201) names.push(`while it fills ${n}`);
    return answer;
  });
  expect(refused.body).toMatchObject({ status: 507, code: 'store_full' });

  // Whatever needs no room goes on, and a write that is refused has changed nothing.
  for (let i = 0; i < 50; i++) expect(await verify()).toMatchObject({ valid: true });
  for (const verb of ['revoke', 'recycle', 'disable']) {
    expect((await running.operator('POST', `/v1/keys/${kept.id}/${verb}`, {})).status, verb).toBe(507);
  }
  expect(await verify()).toMatchObject({ valid: true });
  expect((await running.operator('GET', '/v1/keys?limit=1000')).status).toBe(200);
  expect((await running.operator('GET', '/readyz')).status).toBe(200);
  await expect
    .poll(() => running.output(), { timeout: 60_000 })
    .toContain('usage counts could not be written');

  rmSync(filler);
  expect((await issue('after')).status).toBe(201);
  names.push('after');
  await expect.poll(() => countAccepted(running, kept.id), { timeout: 60_000 }).toBe(verifications);
  expect(await verify()).toMatchObject({ valid: true });
  expect((await running.operator('POST', `/v1/keys/${kept.id}/revoke`, {})).status).toBe(200);
  expect(await verify()).toEqual({ valid: false, reason: 'revoked' });
  expect((await namesOf(running)).toSorted()).toEqual(names.toSorted());

  running.kill();
  await running.exited;
  expect(findUnsound(join(running.dataDirectory, 'keyhold.db'))).toEqual([]);
});

test('a process that is killed while the disk is full has lost nothing that it answered', async (ctx) => {
  disk = mountSmallDisk(DISK_BYTES);
  if (disk === null) return ctx.skip(NO_TMPFS);
  const running = await startKeyhold(CONFIGURATION, disk.path);
  keyhold = running;
  await running.createOrganization('acme');
  const names: string[] = [];
  const filler = join(disk.path, 'filler');
  fill(filler);
  await writeUntilFull(async (n) => {
    const name = `key ${n}`;
    const answer = await running.operator('POST', '/v1/keys', {
      keyspace: 'full',
      organization: 'acme',
      name,
    });
    if (answer.status === 201) names.push(name);
    return answer;
  });
  running.kill();
  await running.exited;
  rmSync(filler);
  const again = await running.restart();
  keyhold = again;
  expect((await namesOf(again)).toSorted()).toEqual(names.toSorted());
});

/** Leaves room for a few dozen writes. */
function fill(filler: string): void {
  const handle = openSync(filler, 'w');
  const block = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeSync(handle, block);
  } catch {
    // The disk is full now.
  } finally {
    closeSync(handle);
  }
}

/** @returns the first answer that is a refusal; every one before it was a success. */
async function writeUntilFull(write: (n: number) => Promise<Answer>): Promise<Answer> {
  for (let n = 0; n < MAX_WRITES; n++) {
    const answer = await write(n);
    if (answer.status !== 201) return answer;
  }
  throw new Error('The disk never filled.');
}

async function countAccepted(keyhold: Keyhold, id: string): Promise<number> {
  const { body } = await keyhold.operator('GET', `/v1/keys/${id}/usage`);
  const { data } = body as { data: { accepted: number }[] };
  return data.reduce((sum, { accepted }) => sum + accepted, 0);
}

async function namesOf(keyhold: Keyhold): Promise<readonly string[]> {
  const { body } = await keyhold.operator('GET', '/v1/keys?limit=1000');
  return (body as { data: IssuedKey[] }).data.map(({ name }) => name);
}
