import { copyFileSync, existsSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createReplica, createVerifier } from '@keyhold/coherence';
import {
  compileKeyspace,
  createKeyId,
  digestKey,
  type KeyId,
  type KeyspaceDefinition,
  parseClientAddress,
} from '@keyhold/core';
import { createManualClock, createSeededRandom, type ManualClock } from '@keyhold/core/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backUpSqliteStore } from '../src/sqlite/backup.ts';
import { type Restored, restoreSqliteStore } from '../src/sqlite/restore.ts';
import { openSqliteStore } from '../src/sqlite/sqlite-store.ts';
import type { Store } from '../src/store.ts';
import { findUnsound } from './_soundness.ts';
import { openFile, temporaryFile } from './_sqlite.ts';
import { fillWorld, headOf, MESSAGES, refusalOf, SYSTEM, type World } from './_util.ts';

/** Later than everything that a store of these tests does. */
const RESTORED_AT_MS = Date.UTC(2026, 5, 1);

async function restore(
  file: string,
  backup: string,
  options: { quarantine?: boolean; atMs?: number } = {},
): Promise<Restored> {
  const { quarantine = false, atMs = RESTORED_AT_MS } = options;
  const [clock, randomBytes] = [createManualClock(atMs), createSeededRandom(atMs & 0xffff)];
  const restored = await restoreSqliteStore({ file, backup, clock, randomBytes, quarantine });
  expect(findUnsound(file)).toEqual([]);
  expect(existsSync(`${file}.restoring`)).toBe(false);
  return restored;
}

/** A store with a world in it, to be backed up, gone on with, and restored. */
async function startStory(seed = 5) {
  const file = await temporaryFile();
  const opened = await openFile(file, seed);
  const world = await fillWorld({ ...opened, randomBytes: createSeededRandom(seed + 100) });
  let backups = 0;
  return {
    ...world,
    file,
    backUp: () => {
      const target = `${file}.backup-${++backups}`;
      backUpSqliteStore({ file, target });
      return target;
    },
    close: () => world.store.close(),
  };
}

async function reopen(file: string): Promise<Store> {
  return (await openFile(file, 9)).store;
}

describe('over a database that continues the backup', () => {
  test('what was denied since stays denied, what was not goes on, and nothing else is lost', async () => {
    const { store, root, issue, backUp, close, file, createOperator, createSession } = await startStory();
    const [good, revoked, disabled, patched, bulk] = [
      await issue(),
      await issue(),
      await issue(),
      await issue({ scopes: ['send', 'query'] }),
      await issue({ organization: 'globex' }),
    ];
    const operator = await createOperator(['keys:read']);
    const session = await createSession('messages', 'acme', 2 ** 40);
    const backup = backUp();
    await store.revokeKey(root, { id: revoked.id }, { reason: 'leaked' });
    await store.disableKey(root, { id: disabled.id });
    await store.patchKey(
      root,
      { id: patched.id },
      {
        scopes: ['query'],
        expiresAtMs: RESTORED_AT_MS + 1,
        allowedCidrs: ['10.0.0.0/8'],
      },
    );
    await store.revokeOrganizationKeys(root, 'globex', { keyspace: null, reason: null });
    await store.patchOrganization(root, 'globex', { suspended: true });
    await store.revokeOperator(root, operator.record.id);
    const late = await issue();
    const answered = await headOf(store);
    await close();

    const restored = await restore(file, backup);
    expect(restored).toMatchObject({
      silence: null,
      lostKeyCount: 1,
      quarantine: { keyspaces: [], operators: [] },
    });
    const again = await reopen(file);
    const states = await Promise.all([good, revoked, disabled, bulk].map(({ id }) => again.getKey({ id })));
    expect(states.map((key) => [key.revokedAtMs !== null, key.disabledAtMs !== null])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [true, false],
    ]);
    expect(states[0]).toEqual(good);
    expect(await again.getKey({ id: patched.id })).toMatchObject({
      scopes: ['query'],
      expiresAtMs: RESTORED_AT_MS + 1,
      allowedCidrs: ['10.0.0.0/8'],
    });
    expect(await refusalOf(again.getKey({ id: late.id }))).toBe('key_not_found');
    expect((await again.getOrganization('globex')).suspended).toBe(true);
    expect(await refusalOf(again.createOrganization(operator.context, ANY_ORGANIZATION, null))).toBe(
      'unauthenticated',
    );
    if (session.actor.kind === 'portal_session')
      expect(await again.readPortalSession(session.actor.id)).toBeNull();

    expect(await headOf(again)).toBeGreaterThan(answered);
    const { value } = await again.issueKey(root, newKeyLike(good, 'next'), null);
    expect(value.number).toBeGreaterThan(late.number);
    // The audit log tells of what was denied, of what is gone and of the restore itself.
    const { data } = await again.listAuditEvents({ limit: 100 });
    expect(data.map(({ action }) => action).slice(0, 4)).toEqual([
      'key.issue',
      'database.restore',
      'key.issue',
      'operator.revoke',
    ]);
  });

  test('a recycled secret stays ended, and so does one in its grace', async () => {
    const { store, root, issue, newSecret, backUp, close, file } = await startStory();
    const [recycled, inGrace] = [await issue(), await issue()];
    const backup = backUp();
    const recycle = (id: KeyId, graceMs: number) =>
      store.recycleKey(root, { id }, { secret: newSecret(), graceMs, expectedGeneration: null });
    await recycle(recycled.id, 0);
    await recycle(inGrace.id, 60_000);
    await close();
    await restore(file, backup);
    using database = new DatabaseSync(file);
    const ends = database
      .prepare(
        'SELECT not_after_ms FROM secret JOIN key ON key.position = key_position WHERE key.id IN (?, ?) ORDER BY 1',
      )
      .all(recycled.id, inGrace.id);
    const nowMs = createManualClock().nowMs();
    expect(ends.map((row) => row['not_after_ms'])).toEqual([nowMs, nowMs + 60_000]);
  });

  test('address lists without a common range leave the key with its own, and in quarantine', async () => {
    const { store, root, issue, backUp, close, file } = await startStory();
    const [apart, overlapping] = [
      await issue({ allowedCidrs: ['10.0.0.0/8'] }),
      await issue({ allowedCidrs: ['10.0.0.0/8', '192.0.2.0/24'] }),
    ];
    const backup = backUp();
    for (const { id } of [apart, overlapping]) {
      await store.patchKey(root, { id }, { allowedCidrs: ['192.0.2.0/24', '198.51.100.0/24'] });
    }
    await close();
    expect((await restore(file, backup)).quarantine.keyspaces).toEqual([
      { keyspace: 'messages', keyCount: 1 },
    ]);
    const again = await reopen(file);
    expect(await again.getKey({ id: apart.id })).toMatchObject({
      allowedCidrs: ['10.0.0.0/8'],
      disabledAtMs: RESTORED_AT_MS,
    });
    expect(await again.getKey({ id: overlapping.id })).toMatchObject({
      allowedCidrs: ['192.0.2.0/24'],
      disabledAtMs: null,
    });
  });

  test('the replaced database is kept aside as it was, and both are for their user alone', async () => {
    const { store, root, issue, backUp, close, file } = await startStory();
    const key = await issue();
    const backup = backUp();
    await store.revokeKey(root, { id: key.id }, { reason: null });
    await close();
    const { aside } = await restore(file, backup);
    expect(aside).toBe(`${file}.replaced-20260601T000000000Z`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(file)).toSorted()).toEqual(
      ['keyhold.db', 'keyhold.db.backup-1', 'keyhold.db.replaced-20260601T000000000Z'].toSorted(),
    );
    const kept = await reopen(aside ?? '');
    expect((await kept.getKey({ id: key.id })).revokedAtMs).not.toBeNull();
    expect((await kept.listAuditEvents({ limit: 1 })).data).toMatchObject([{ action: 'key.revoke' }]);
  });

  test('what stands only in the write-ahead log of a killed process counts', async () => {
    const { store, root, issue, backUp, close, file } = await startStory();
    const key = await issue();
    const backup = backUp();
    await store.revokeKey(root, { id: key.id }, { reason: null });
    // As kill -9 leaves it: the log is not brought in.
    const killed = join(dirname(file), 'killed.db');
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, killed + suffix);
    await close();
    expect(statSync(`${killed}-wal`).size).toBeGreaterThan(0);
    expect((await restore(killed, backup)).silence).toBeNull();
    expect((await (await reopen(killed)).getKey({ id: key.id })).revokedAtMs).not.toBeNull();
  });

  test('after a restore, an earlier or a later backup of the same history is vouched for too', async () => {
    const { store, root, issue, backUp, close, file } = await startStory();
    const first = await issue();
    const earlier = backUp();
    const second = await issue();
    const later = backUp();
    await store.revokeKey(root, { id: first.id }, { reason: null });
    await close();
    await restore(file, earlier);
    // The database in place does not know the second key, so it cannot vouch for it.
    const restored = await restore(file, later, { atMs: RESTORED_AT_MS + 1 });
    expect(restored).toMatchObject({ silence: null, quarantine: { keyspaces: [{ keyCount: 1 }] } });
    const again = await reopen(file);
    expect((await again.getKey({ id: first.id })).revokedAtMs).not.toBeNull();
    expect((await again.getKey({ id: second.id })).disabledAtMs).toBe(RESTORED_AT_MS + 1);
  });
});

describe('where nothing vouches for the backup, everything is in quarantine', () => {
  const damages: readonly [string, Restored['silence'], (file: string) => void | Promise<void>][] = [
    ['no database', 'absent', () => {}],
    ['an empty file', 'unreadable', (file) => writeFileSync(file, '')],
    ['a file of something else', 'unreadable', (file) => writeFileSync(file, 'x'.repeat(10_000))],
    ['a damaged header', 'unreadable', (file) => damage(file, 0)],
    [
      'a damaged page in the middle',
      'unreadable',
      (file) => damage(file, Math.floor(statSync(file).size / 2)),
    ],
    ['a file cut short', 'unreadable', (file) => truncateSync(file, 5 * 4_096)],
    ['a database of a newer program', 'other_version', (file) => setVersion(file, 1_000)],
  ];

  test.each(damages)('%s', async (_what, silence, makeSo) => {
    const { store, root, rootOperator, issue, backUp, close, file } = await startStory();
    const [kept, revoked] = [await issue(), await issue()];
    const backup = backUp();
    const { seq: answered } = await store.revokeKey(root, { id: revoked.id }, { reason: null });
    await close();
    const place = join(dirname(file), 'place.db');
    if (silence !== 'absent') copyFileSync(file, place);
    await makeSo(place);

    const restored = await restore(place, backup);
    expect(restored).toMatchObject({
      silence,
      lostKeyCount: null,
      quarantine: {
        keyspaces: [{ keyspace: 'messages', keyCount: 2 }],
        operators: [{ id: rootOperator.id }],
      },
    });
    expect(restored.aside === null).toBe(silence === 'absent');
    const again = await reopen(place);
    for (const { id } of [kept, revoked])
      expect((await again.getKey({ id })).disabledAtMs).toBe(RESTORED_AT_MS);
    expect(await refusalOf(again.createOrganization(root, ANY_ORGANIZATION, null))).toBe('unauthenticated');
    expect(await headOf(again)).toBeGreaterThan(answered);
  });

  test('a database of another store, or of another line of this one', async () => {
    const [story, stranger] = [await startStory(5), await startStory(6)];
    await story.issue();
    const backup = story.backUp();
    await Promise.all([story.close(), stranger.close()]);
    expect((await restore(stranger.file, backup)).silence).toBe('not_a_successor');

    const line = await startStory(7);
    const earlier = line.backUp();
    await line.issue();
    const later = line.backUp();
    await line.close();
    await restore(line.file, earlier, { quarantine: true });
    // What the first line denied after the earlier backup is not in the second one.
    expect((await restore(line.file, later, { atMs: RESTORED_AT_MS + 1 })).silence).toBe('not_a_successor');
  });

  test('a restore that asks for it; and each time the seq goes above all before', async () => {
    const { issue, backUp, close, file } = await startStory();
    await issue();
    const backup = backUp();
    await close();
    let highest = 0;
    for (let again = 0; again < 3; again++) {
      const { silence } = await restore(file, backup, { quarantine: true, atMs: RESTORED_AT_MS + again });
      expect(silence).toBe('asked');
      const store = await reopen(file);
      const head = await headOf(store);
      expect(head).toBeGreaterThan(highest);
      for (let i = 0; i < 5; i++) {
        highest = (
          await store.createOrganization(SYSTEM, { ...ANY_ORGANIZATION, id: `o${again}-${i}` }, null)
        ).seq;
      }
      await store.close();
    }
  });
});

describe('a restore that cannot be done', () => {
  const spoiled: readonly [string, string, (backup: string) => void | Promise<void>][] = [
    ['a backup that is damaged', 'store_corrupt', (backup: string) => damage(backup, 5 * 4_096)],
    ['a backup that is empty', 'store_corrupt', (backup: string) => writeFileSync(backup, '')],
    ['a backup of a newer program', 'store_newer', (backup: string) => setVersion(backup, 1_000)],
  ];

  test.each(spoiled)('%s is refused, and the database stays as it is', async (_what, code, spoil) => {
    const { issue, backUp, close, file } = await startStory();
    const key = await issue();
    const backup = backUp();
    await close();
    await spoil(backup);
    expect(await refusalOf(restore(file, backup))).toBe(code);
    expect(readdirSync(dirname(file)).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
    expect(await (await reopen(file)).getKey({ id: key.id })).toEqual(key);
  });

  test('a database that another process has open is refused', async () => {
    const { backUp, close, file } = await startStory();
    const backup = backUp();
    await close();
    using other = new DatabaseSync(file);
    other.exec(
      'BEGIN; SELECT * FROM head; INSERT INTO store_secret VALUES (1, randomblob(32)); COMMIT; BEGIN; SELECT * FROM head',
    );
    expect(await refusalOf(restore(file, backup))).toBe('store_unavailable');
  });
});

/** A keyspace with everything that a verdict reads. */
const DEFINITION: KeyspaceDefinition = { ...MESSAGES, requiresFeature: 'beta' };
const { format } = compileKeyspace(DEFINITION, []);
const ADDRESS_LISTS = [[], ['10.0.0.0/8'], ['192.0.2.0/24'], ['10.0.0.0/8', '192.0.2.0/24']];
const SCOPE_LISTS = [['send'], ['query'], ['send', 'query']];
const MINUTE_MS = 60_000;

const step = fc.record({
  verb: fc.constantFrom(
    ...([
      'issue',
      'issue',
      'recycle',
      'revoke',
      'disable',
      'enable',
      'scopes',
      'expiry',
      'addresses',
    ] as const),
    ...(['suspend', 'feature', 'revokeAll'] as const),
  ),
  pick: fc.nat(1_000),
  choice: fc.nat(1_000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('a restored store accepts only what the backup and the replaced database accept, and all of it but for address lists', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 4, maxLength: 14 }),
      fc.array(step, { minLength: 1, maxLength: 14 }),
      async (before, after) => {
        const file = await temporaryFile();
        const clock = createManualClock();
        const store = await openSqliteStore({ file, clock, randomBytes: createSeededRandom(5) });
        const keys = await beginHistory(store);
        for (const each of before) await take(store, clock, keys, each);
        const backup = `${file}.backup`;
        backUpSqliteStore({ file, target: backup });
        const backed = await judge(store);
        for (const each of after) await take(store, clock, keys, each);
        const replaced = await judge(store);
        await store.close();
        await restore(file, backup);
        const again = await openSqliteStore({ file, clock, randomBytes: createSeededRandom(6) });
        const restored = await judge(again);
        await again.close();

        for (const { presentedKey } of keys.secrets) {
          for (const question of QUESTIONS) {
            const both = backed(presentedKey, question) && replaced(presentedKey, question);
            const accepted = restored(presentedKey, question);
            if (accepted) expect(both, JSON.stringify(question)).toBe(true);
            if (both && question.address === null) expect(accepted, JSON.stringify(question)).toBe(true);
          }
        }
      },
    ),
    { numRuns: 20, seed: 20_261_122 },
  );
});

const QUESTIONS = [0, 2 * MINUTE_MS].flatMap((laterMs) =>
  [null, '10.1.1.1', '192.0.2.9'].flatMap((address) =>
    [[], ['send'], ['query']].map((scopes) => ({ laterMs, address, scopes })),
  ),
);
type Question = (typeof QUESTIONS)[number];

interface History {
  readonly ids: KeyId[];
  readonly secrets: { readonly presentedKey: string }[];
  readonly mint: () => { readonly digest: string; readonly maskedKey: string };
  readonly newId: () => KeyId;
}

async function beginHistory(store: Store): Promise<History> {
  await store.applyConfiguration(SYSTEM, { keyspaces: [DEFINITION] }, { acceptOlder: false });
  for (const id of ['acme', 'globex']) {
    await store.createOrganization(SYSTEM, { ...ANY_ORGANIZATION, id, features: ['beta'] }, null);
  }
  const randomBytes = createSeededRandom(77);
  const secrets: { presentedKey: string }[] = [];
  return {
    ids: [],
    secrets,
    newId: () => createKeyId(randomBytes, 0),
    mint() {
      const presentedKey = format.mint('live', randomBytes);
      secrets.push({ presentedKey });
      return { digest: digestKey(presentedKey).toString('hex'), maskedKey: 'kh_…' };
    },
  };
}

/** Does one thing; what the store refuses is no part of the history. */
async function take(
  store: Store,
  clock: ManualClock,
  history: History,
  { verb, pick, choice }: Step,
): Promise<void> {
  clock.advance(1);
  const organization = pick % 2 === 0 ? 'acme' : 'globex';
  const id = history.ids[pick % (history.ids.length || 1)];
  const scopes = SCOPE_LISTS[choice % SCOPE_LISTS.length]!;
  const allowedCidrs = ADDRESS_LISTS[choice % ADDRESS_LISTS.length]!;
  const expiresAtMs = choice % 3 === 0 ? null : clock.nowMs() + MINUTE_MS;
  if (verb === 'suspend' || verb === 'feature' || verb === 'revokeAll') {
    if (verb === 'suspend')
      await store.patchOrganization(SYSTEM, organization, { suspended: choice % 3 === 0 });
    if (verb === 'feature') {
      await store.patchOrganization(SYSTEM, organization, {
        features: choice % 3 === 0 ? [] : ['beta', 'x'],
      });
    }
    if (verb === 'revokeAll' && choice % 3 === 0) {
      await store.revokeOrganizationKeys(SYSTEM, organization, { keyspace: null, reason: null });
      if (choice % 2 === 0) await store.writeOutRevocations(2);
    }
    return;
  }
  if (verb === 'issue' || id === undefined) {
    const key = {
      id: history.newId(),
      keyspace: 'messages',
      organization,
      name: 'Key',
      environment: 'live',
      scopes,
      expiresAtMs,
      allowedCidrs: choice % 2 === 0 ? allowedCidrs : [],
      metadata: {},
      secret: history.mint(),
    };
    history.ids.push((await store.issueKey(SYSTEM, key, null)).value.id);
    return;
  }
  const calls = {
    recycle: () =>
      store.recycleKey(
        SYSTEM,
        { id },
        {
          secret: history.mint(),
          graceMs: choice % 2 === 0 ? 0 : MINUTE_MS,
          expectedGeneration: null,
        },
      ),
    revoke: () => store.revokeKey(SYSTEM, { id }, { reason: null }),
    disable: () => store.disableKey(SYSTEM, { id }),
    enable: () => store.enableKey(SYSTEM, { id }),
    scopes: () => store.patchKey(SYSTEM, { id }, { scopes }),
    expiry: () => store.patchKey(SYSTEM, { id }, { expiresAtMs }),
    addresses: () => store.patchKey(SYSTEM, { id }, { allowedCidrs }),
  };
  await calls[verb]().catch((error: unknown) => {
    expect(error).toMatchObject({ code: expect.stringMatching(/^key_(revoked|expired)$/) });
  });
}

/** What a process that loads this store would accept. */
async function judge(store: Store): Promise<(presentedKey: string, question: Question) => boolean> {
  const clock = createManualClock();
  const startMs = clock.nowMs();
  const replica = createReplica({ clock });
  replica.seal(await store.readSnapshot((page) => replica.load(page)));
  const verifier = createVerifier({ replica, lease: { isLive: () => true } });
  return (presentedKey, { laterMs, address, scopes }) => {
    clock.setWall(startMs + laterMs);
    const keyspace = verifier.keyspace('messages')!;
    const asked = {
      keyspace,
      operation: null,
      scopes,
      address: address === null ? null : parseClientAddress(address),
    };
    return verifier.verify(presentedKey, asked).accepted;
  };
}

const ANY_ORGANIZATION = { id: 'any', name: 'Any', features: [], tags: [], suspended: false };

function newKeyLike(key: Awaited<ReturnType<World['issue']>>, name: string) {
  const { keyspace, organization, environment, scopes, allowedCidrs, metadata } = key;
  const digest = digestKey(name).toString('hex');
  return {
    id: `key_${name}` as const,
    keyspace,
    organization,
    environment,
    scopes,
    allowedCidrs,
    metadata,
    name,
    expiresAtMs: null,
    secret: { digest, maskedKey: 'x' },
  };
}

async function damage(file: string, offset: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, offset - (offset % 4_096));
  await handle.close();
}

function setVersion(file: string, version: number): void {
  using database = new DatabaseSync(file);
  database.exec(`INSERT INTO migration (number, applied_at_ms) VALUES (${version}, 0)`);
}
