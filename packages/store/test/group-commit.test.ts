import type { DatabaseSync } from 'node:sqlite';
import { createAuditEventId } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { OperationCall } from '../src/sql/operations.ts';
import { openDatabase } from '../src/sqlite/database.ts';
import { type Answer, createGroupCommit } from '../src/sqlite/group-commit.ts';
import { temporaryFile } from './_sqlite.ts';
import { SYSTEM } from './_util.ts';

const randomBytes = createSeededRandom(5);

test('everything that waits when a batch begins shares one commit', async () => {
  const commits: string[] = [];
  const { group } = await openGroup((name) => void commits.push(name));
  commits.length = 0;
  const answers = queue(
    group,
    Array.from({ length: 100 }, (_, i) => createOrganization(`o${i}`)),
  );
  await group.drain();
  expect(commits.filter((name) => name === 'commit.before')).toHaveLength(1);
  expect(answers.filter(({ error }) => error === undefined)).toHaveLength(100);
});

test('a full disk refuses all of a batch, writes none of it, and passes when there is room again', async () => {
  const { database, group } = await openGroup(() => {});
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  database.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const calls = Array.from({ length: 50 }, (_, i) => createOrganization(`o${i}`, 'x'.repeat(400)));
  const refused = queue(group, calls);
  await group.drain();
  expect(new Set(refused.map(({ error }) => error?.code))).toEqual(new Set(['store_full']));
  const listed = queue(group, [call('listOrganizations', [{ limit: 10 }])]);
  await group.drain();
  expect(listed[0]?.value).toEqual({ data: [], next: null });

  database.exec('PRAGMA max_page_count = 1000000');
  const passed = queue(group, calls);
  await group.drain();
  expect(passed.filter(({ error }) => error === undefined)).toHaveLength(50);
});

test('a failure that is not the stores to explain is internal, and names no statement', async () => {
  const { group } = await openGroup(() => {});
  const [answer] = await drained(group, [call('createOrganization', [SYSTEM, { id: 'o' }, null])]);
  expect(answer?.error).toMatchObject({ code: 'internal' });
  expect(answer?.error?.message).not.toMatch(/INSERT|organization/);
});

async function openGroup(failpoint: (name: string) => void) {
  const file = await temporaryFile();
  const database: DatabaseSync = openDatabase({ file, nowMs: 0, failpoint });
  onTestFinished(() => database.close());
  return { database, group: createGroupCommit({ database, file, failpoint }) };
}

type Group = ReturnType<typeof createGroupCommit>;

function queue(group: Group, calls: readonly OperationCall[]): Answer[] {
  const answers: Answer[] = [];
  for (const each of calls) group.add({ call: each, answer: (answer) => answers.push(answer) });
  return answers;
}

async function drained(group: Group, calls: readonly OperationCall[]): Promise<readonly Answer[]> {
  const answers = queue(group, calls);
  await group.drain();
  return answers;
}

function createOrganization(id: string, name = id): OperationCall {
  return call('createOrganization', [SYSTEM, { id, name, features: [], tags: [], suspended: false }, null]);
}

function call(method: OperationCall['method'], args: readonly unknown[]): OperationCall {
  return { method, args, nowMs: 0, eventIds: [createAuditEventId(randomBytes, 0)] };
}
