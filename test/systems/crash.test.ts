import { createSeededRandom } from '@keyhold/core/testing';
import { afterEach, expect, test } from 'vitest';
import { type IssuedKey, type Keyhold, startKeyhold } from '../_harness.ts';
import type { Answer } from '../_http.ts';

const WORKERS = 6;
const CRASHES = 4;
/** Answers between a start and the kill, so that the kill lands in the middle of other calls. */
const ANSWERS_BEFORE_KILL = 60;

const CONFIGURATION = `
keyspaces:
  crash:
    key: { format: "cr_{random:base62:32}", masked: "{first:6}…" }
`;

const VERBS = ['recycle', 'revoke', 'disable', 'enable', 'rename'] as const;
type Verb = (typeof VERBS)[number];

const STATE_AFTER: { readonly [verb: string]: KeyModel['state'] } = {
  revoke: 'revoked',
  disable: 'disabled',
  enable: 'active',
};

/** What is known of a key from the answers alone. */
interface KeyModel {
  readonly id: string;
  /** Every secret it was answered with, oldest first. */
  readonly secrets: string[];
  readonly name: string;
  readonly state: 'active' | 'disabled' | 'revoked';
}

/** One client that does one thing after another to keys of its own. */
interface Worker {
  readonly organization: string;
  readonly keys: Map<string, KeyModel>;
  /** The call that had no answer when the process died; what it did is not known. */
  inDoubt: { readonly id: string | null; readonly verb: Verb | 'issue' } | null;
}

let keyhold: Keyhold | undefined;
afterEach(() => keyhold?.stop());

test('nothing that was answered is lost by kill -9: revoked stays revoked, good stays good', async () => {
  const random = createSeededRandom(20_261_121);
  const pick = (below: number) => ((random(2)[0] ?? 0) * 256 + (random(1)[0] ?? 0)) % below;

  let running = await startKeyhold(CONFIGURATION);
  keyhold = running;
  const workers: Worker[] = [];
  for (let index = 0; index < WORKERS; index++) {
    const organization = `worker-${index}`;
    await running.createOrganization(organization);
    workers.push({ organization, keys: new Map(), inDoubt: null });
  }

  const answered = new Map<string, number>();
  for (let crash = 0; crash < CRASHES; crash++) {
    let answers = 0;
    const live = running;
    await Promise.all(workers.map((worker) => work(live, worker)));
    await live.exited;
    running = await live.restart();
    keyhold = running;
    for (const worker of workers) await compare(running, worker);

    async function work(process: Keyhold, worker: Worker): Promise<void> {
      for (;;) {
        const known = [...worker.keys.values()].filter(({ state }) => state !== 'revoked');
        const key = pick(4) === 0 ? undefined : known[pick(known.length || 1)];
        const verb = key === undefined ? 'issue' : (VERBS[pick(VERBS.length)] ?? 'recycle');
        worker.inDoubt = { id: key?.id ?? null, verb };
        const answer = await act(process, worker, key, verb).catch(() => null);
        if (answer === null) return;
        worker.inDoubt = null;
        learn(worker, key, verb, answer);
        answered.set(verb, (answered.get(verb) ?? 0) + 1);
        if (++answers === ANSWERS_BEFORE_KILL) process.kill();
      }
    }
  }
  expect([...answered.keys()].sort()).toEqual(['disable', 'enable', 'issue', 'recycle', 'rename', 'revoke']);

  const events = await auditedActions(running);
  for (const verb of ['issue', 'recycle'] as const) {
    const count = answered.get(verb) ?? 0;
    expect(events.get(`key.${verb}`)).toBeGreaterThanOrEqual(count);
    expect(events.get(`key.${verb}`)).toBeLessThanOrEqual(count + WORKERS * CRASHES);
  }
});

function act(
  process: Keyhold,
  worker: Worker,
  key: KeyModel | undefined,
  verb: Verb | 'issue',
): Promise<Answer> {
  if (key === undefined) {
    const body = { keyspace: 'crash', organization: worker.organization, name: 'first name' };
    return process.operator('POST', '/v1/keys', body);
  }
  if (verb === 'rename') {
    return process.operator('PATCH', `/v1/keys/${key.id}`, { name: `name after ${key.name}`.slice(0, 60) });
  }
  return process.operator('POST', `/v1/keys/${key.id}/${verb}`, {});
}

/** Brings the model to what an answer said. */
function learn(worker: Worker, before: KeyModel | undefined, verb: Verb | 'issue', answer: Answer): void {
  expect([200, 201], `${verb}: ${answer.text}`).toContain(answer.status);
  const body = answer.body as IssuedKey & { state: KeyModel['state'] };
  const secrets = [...(before?.secrets ?? [])];
  if (verb === 'issue' || verb === 'recycle') secrets.push(body.key);
  worker.keys.set(body.id, { id: body.id, secrets, name: body.name, state: body.state });
}

/** Holds the store and every verdict against the model; takes over what a call in doubt turned out to have done. */
async function compare(process: Keyhold, worker: Worker): Promise<void> {
  const answer = await process.operator('GET', `/v1/keys?organization=${worker.organization}&limit=1000`);
  const { data } = answer.body as { data: (IssuedKey & { state: KeyModel['state']; generation: number })[] };
  const stored = new Map(data.map((key) => [key.id, key]));

  const unexpected = data.filter(({ id }) => !worker.keys.has(id) && !abandoned.has(id));
  expect(unexpected.length).toBeLessThanOrEqual(worker.inDoubt?.verb === 'issue' ? 1 : 0);
  // Its secret went down with the answer: nobody can ever use it.
  for (const { id } of unexpected) abandoned.add(id);

  for (const model of worker.keys.values()) {
    const now = stored.get(model.id);
    const doubt = worker.inDoubt?.id === model.id ? worker.inDoubt.verb : null;
    expect(now, `${model.id} was answered and is gone`).toBeDefined();
    if (now === undefined) continue;

    const recycledUnseen = now.generation > model.secrets.length;
    expect(now.generation - model.secrets.length).toBeLessThanOrEqual(doubt === 'recycle' ? 1 : 0);
    if (doubt !== 'rename') expect(now.name).toBe(model.name);
    expect([model.state, doubt === null ? undefined : STATE_AFTER[doubt]]).toContain(now.state);

    const newest = model.secrets.length - 1;
    for (const [generation, secret] of model.secrets.entries()) {
      const { body } = await process.operator('POST', '/v1/verify', { key: secret, keyspace: 'crash' });
      const good = generation === newest && now.state === 'active' && !recycledUnseen;
      expect(
        body,
        `${model.id} generation ${generation + 1} of ${now.generation}, ${now.state}`,
      ).toMatchObject({ valid: good });
    }
    if (recycledUnseen) {
      worker.keys.delete(model.id);
      abandoned.add(model.id);
    } else worker.keys.set(model.id, { ...model, name: now.name, state: now.state });
  }
  worker.inDoubt = null;
}

/** Keys whose newest secret nobody was told. */
const abandoned = new Set<string>();

async function auditedActions(process: Keyhold): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await process.operator(
      'GET',
      `/v1/audit-events?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    const { data, next_cursor } = page.body as { data: { action: string }[]; next_cursor: string | null };
    for (const { action } of data) counts.set(action, (counts.get(action) ?? 0) + 1);
    cursor = next_cursor;
  }
  return counts;
}
