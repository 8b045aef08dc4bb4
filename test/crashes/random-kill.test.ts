import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createSeededRandom } from '@keyhold/core/testing';
import { afterEach, expect, test } from 'vitest';
import { findUnsound } from '../../packages/store/test/_soundness.ts';
import { type IssuedKey, type Keyhold, startKeyhold } from '../_harness.ts';
import {
  chooseOperation,
  type KeyState,
  MAX_ACTIVE_KEYS,
  type Model,
  type Operation,
  toVisible,
} from './_model.ts';

/** KEYHOLD_CRASH_SEED=7 npx vitest run test/crashes/random-kill.test.ts takes other moments and other operations. */
const SEED = Number(process.env['KEYHOLD_CRASH_SEED'] ?? 20_261_121);
const CRASHES = 20;
const OPERATIONS = 1_000;
const WORKERS = 6;

const CONFIGURATION = `
keyspaces:
  crash:
    key: { format: "cr_{random:base62:32}", masked: "{first:6}…" }
    limits: { active_keys_per_organization: ${MAX_ACTIVE_KEYS} }
`;

/** One client that does one thing after another in an organization of its own. */
interface Worker {
  model: Model;
  /** The call that had no answer when the process died; whether it took place is not known. */
  inDoubt: Operation | null;
  /** Names of keys that this round's calls may have concerned. */
  readonly touched: Set<string>;
}

let keyhold: Keyhold | undefined;
afterEach(async () => {
  await keyhold?.stop();
  keyhold = undefined;
});

test('twenty kill -9 at random moments of a thousand mixed operations: nothing answered is lost, nothing is half-written', async () => {
  const random = createSeededRandom(SEED);
  const pick = (below: number) => ((random(2)[0] ?? 0) * 256 + (random(1)[0] ?? 0)) % below;
  const tally = { kills: 0, answered: 0, refused: 0, unanswered: 0, applied: 0 };
  const verbs = new Set<string>();
  let names = 0;

  let running = await startKeyhold(CONFIGURATION);
  keyhold = running;
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, async (_, index): Promise<Worker> => {
      const id = `worker-${index}`;
      await running.createOrganization(id);
      return {
        model: { organization: { id, name: id, suspended: false }, keys: new Map() },
        inDoubt: null,
        touched: new Set(),
      };
    }),
  );

  for (let crash = 0; crash < CRASHES; crash++) {
    const live = running;
    const target = Math.ceil((OPERATIONS * (crash + 1)) / CRASHES);
    const atSending = pick(2) === 0;
    const turns = pick(200);
    let killing = false;

    /** Kills between two events of this process's own loop, while other calls are on their way. */
    async function killSoon(): Promise<void> {
      if (killing) return;
      killing = true;
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      live.kill();
    }

    async function work(worker: Worker): Promise<void> {
      for (;;) {
        const operation = chooseOperation(worker.model, pick, `name ${++names}`);
        const calling = live.operator(operation.method, operation.path, operation.body);
        if (atSending && tally.answered >= target) void killSoon();
        const answer = await calling.catch(() => null);
        if (answer === null) {
          worker.inDoubt = operation;
          return;
        }
        verbs.add(operation.verb);
        tally.answered++;
        if (answer.status >= 400) {
          tally.refused++;
          expect(answer.body, operation.verb).toMatchObject({ code: operation.refusal });
        } else {
          expect(operation.refusal, `${operation.verb}: ${answer.text}`).toBeNull();
          const before = worker.model;
          worker.model = operation.apply(before, answer);
          for (const [name, key] of worker.model.keys)
            if (before.keys.get(name) !== key) worker.touched.add(name);
        }
        if (!atSending && tally.answered >= target) void killSoon();
      }
    }

    await Promise.all(workers.map(work));
    await live.exited;
    tally.kills++;
    expect(findUnsoundCopy(live), `after kill ${crash + 1} of seed ${SEED}`).toEqual([]);
    running = await live.restart();
    keyhold = running;
    for (const worker of workers) {
      if (worker.inDoubt !== null) tally.unanswered++;
      if (await settle(running, worker)) tally.applied++;
      await verifySecrets(running, worker, worker.touched);
      worker.touched.clear();
    }
  }
  for (const worker of workers) await verifySecrets(running, worker, new Set(worker.model.keys.keys()));

  expect([...verbs].toSorted()).toEqual([
    'disable',
    'enable',
    'import',
    'issue',
    'patch',
    'recycle',
    'rename organization',
    'revoke',
    'revoke-keys',
    'suspend',
  ]);
  expect(tally.answered).toBeGreaterThanOrEqual(OPERATIONS);
  console.log(
    `crash rounds: ${tally.kills} kills, ${tally.answered} operations answered (${tally.refused} refused), ` +
      `${tally.unanswered} unanswered of which ${tally.applied} had taken place, 0 lost, 0 half-written (seed ${SEED})`,
  );
});

/** What is wrong with the files as the kill left them, looked at in a copy: the next start has to find them untouched. */
function findUnsoundCopy({ dataDirectory }: Keyhold): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-crash-'));
  try {
    for (const suffix of ['', '-wal']) {
      const from = join(dataDirectory, `keyhold.db${suffix}`);
      if (existsSync(from)) copyFileSync(from, join(directory, `keyhold.db${suffix}`));
    }
    return findUnsound(join(directory, 'keyhold.db'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

type ListedKey = IssuedKey & { readonly state: KeyState; readonly generation: number };

/**
 * Holds the store against the model: it must be what was answered, with or without the one call that was not.
 *
 * @returns whether that call turned out to have taken place.
 */
async function settle(running: Keyhold, worker: Worker): Promise<boolean> {
  const { id } = worker.model.organization;
  const [organization, list] = await Promise.all([
    running.operator('GET', `/v1/organizations/${id}`),
    running.operator('GET', `/v1/keys?organization=${id}&limit=1000`),
  ]);
  const { name, suspended } = organization.body as { name: string; suspended: boolean };
  const { data } = list.body as { data: ListedKey[] };
  const stored = {
    organization: { id, name, suspended },
    keys: data
      .map((key) => ({ name: key.name, state: key.state, generation: key.generation }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
  const without = worker.model;
  const withIt = worker.inDoubt?.refusal === null ? worker.inDoubt.apply(without, null) : without;
  const applied = JSON.stringify(stored) !== JSON.stringify(toVisible(without));
  expect(stored, `${id}, in doubt: ${worker.inDoubt?.verb ?? 'nothing'}`).toEqual(
    toVisible(applied ? withIt : without),
  );

  const settled = applied ? withIt : without;
  if (applied) for (const [key, is] of withIt.keys) if (without.keys.get(key) !== is) worker.touched.add(key);
  const ids = new Map(data.map((key) => [key.name, key.id]));
  const keys = new Map([...settled.keys].map(([key, is]) => [key, { ...is, id: ids.get(key) ?? null }]));
  worker.model = { ...settled, keys };
  worker.inDoubt = null;
  return applied;
}

/** Every secret that was ever shown is accepted exactly when the model says so. */
async function verifySecrets(running: Keyhold, { model }: Worker, names: ReadonlySet<string>): Promise<void> {
  for (const { name, state, secrets } of model.keys.values()) {
    if (!names.has(name)) continue;
    for (const [index, key] of secrets.entries()) {
      if (key === null) continue;
      const isNewest = index === secrets.length - 1;
      const { body } = await running.operator('POST', '/v1/verify', { key, keyspace: 'crash' });
      const valid = isNewest && state === 'active' && !model.organization.suspended;
      expect(body, `"${name}", ${state}, secret ${index + 1} of ${secrets.length}`).toMatchObject({ valid });
    }
  }
}
