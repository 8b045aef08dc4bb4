import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { KeyId } from '@keyhold/core';
import { expect, onTestFinished, test } from 'vitest';
import type { Failpoint } from '../src/failpoint.ts';
import { openFile, temporaryFile } from './_sqlite.ts';

interface Answered {
  readonly id: KeyId;
  readonly seq: number;
}

test('what was answered before a kill -9 is there after it, and the log has no hole', async () => {
  const file = await temporaryFile();
  const child = startChild(file);
  const answered = await readAnswers(child, (count) => {
    if (count === 40) child.kill('SIGKILL');
  });
  expect(answered.length).toBeGreaterThanOrEqual(40);

  const { store } = await openFile(file);
  for (const { id, seq } of answered) expect((await store.getKey({ id })).seq).toBe(seq);
  await expectSound(store, answered);
});

const KILLED_AT: readonly Failpoint[] = [
  'issue.after_key',
  'issue.after_secret',
  'issue.after_audit',
  'issue.after_change',
  'commit.before',
  'commit.after',
  'migrate.before_commit',
  'migrate.after_commit',
];

test.each(KILLED_AT)('a process killed at %s leaves whole mutations or nothing', async (failpoint) => {
  const file = await temporaryFile();
  const answered = await readAnswers(startChild(file, failpoint), () => {});
  expect(answered).toHaveLength(failpoint.startsWith('migrate.') ? 0 : 5);

  const { store } = await openFile(file);
  await expectSound(store, answered);
  const { data } = await store.listKeys({ limit: 1_000 });
  // What was killed after its commit is there, though nobody was told.
  if (failpoint === 'commit.after') expect(data.length).toBeGreaterThan(answered.length);
  else expect(data).toHaveLength(answered.length);
});

/** Every key that is there has its secret, its change and its audit event, and there is nothing else. */
async function expectSound(
  store: Awaited<ReturnType<typeof openFile>>['store'],
  answered: readonly Answered[],
) {
  const { data: keys } = await store.listKeys({ limit: 1_000 });
  const changes = await store.readChanges(0, 10_000);
  expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, i) => i + 1));
  const inLog = changes.flatMap(({ payload }) => (payload.kind === 'keys' ? payload.keys : []));
  expect(inLog.map(({ id }) => id).sort()).toEqual(keys.map(({ id }) => id).sort());
  expect(inLog.every(({ secrets }) => secrets.length === 1)).toBe(true);
  const { data: events } = await store.listAuditEvents({ action: 'key.issue', limit: 1_000 });
  expect(events.map(({ subject }) => subject.id).sort()).toEqual(keys.map(({ id }) => id).sort());
  const ids = new Set(keys.map(({ id }) => id));
  expect(answered.filter(({ id }) => !ids.has(id))).toEqual([]);
  const loaded: string[] = [];
  await store.readSnapshot((page) => {
    if (page.kind === 'keys') loaded.push(...page.keys.map(({ id }) => id));
  });
  expect(loaded.sort()).toEqual([...ids].sort());
}

function startChild(file: string, failpoint?: Failpoint): ChildProcess {
  const script = fileURLToPath(new URL('_child.ts', import.meta.url));
  const args = [script, file, ...(failpoint === undefined ? [] : [failpoint])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Reads what the child says until it is dead. */
async function readAnswers(
  child: ChildProcess,
  onAnswer: (count: number) => void,
): Promise<readonly Answered[]> {
  const answered: Answered[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout! })) {
    answered.push(JSON.parse(line));
    onAnswer(answered.length);
  }
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
  return answered;
}
