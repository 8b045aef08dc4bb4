import { setTimeout as wait } from 'node:timers/promises';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import type { Node } from './cluster/node.ts';
import type { Design } from './design.ts';
import { type FaultWindow, runFaults } from './faults/schedule.ts';
import { check, type Findings } from './history/checker.ts';
import { createRunClock } from './history/history.ts';
import { ObservationLog } from './history/observation-log.ts';
import { runActor } from './load/actor.ts';
import { createJournal, type Journal } from './load/journal.ts';
import { createManagementClient, type ManagementClient } from './load/management-client.ts';
import { createQuestionLoad, type QuestionLoadMessage } from './load/question-load.ts';
import { createStreamLoad } from './load/stream-load.ts';
import type { ChaosOptions } from './options.ts';
import { createRandom } from './random.ts';

/** All that is known after a run. */
export interface Run {
  readonly options: ChaosOptions;
  readonly design: Design;
  readonly journal: Journal;
  readonly observations: ObservationLog;
  readonly faults: readonly FaultWindow[];
  readonly findings: Findings;
  /** Keys that somebody was told of and the store does not have, or not as they were told. */
  readonly lost: readonly string[];
  readonly streams: number;
  /** From the first question to the last. */
  readonly durationNs: number;
}

/** Otherwise one that no fault hits is called, so that the writers do not all wait for one that stands still. */
const CHANCE_TO_CALL_ANY_NODE = 0.2;

/** Of streams among the keys that are created. */
const CHANCE_OF_A_STREAM = 0.7;

/** How long everything may take to be well again when the faults are over. */
const SETTLE_MS = 60_000;

/** Questions go on while nothing changes any more. */
const LAST_QUESTIONS_MS = 1_500;

/**
 * Starts a cluster, changes keys and asks about them while faults happen, and checks what was answered.
 *
 * @throws when the cluster does not start, or is not well again a minute after the last fault.
 */
export async function run(options: ChaosOptions, design: Design, signal: AbortSignal): Promise<Run> {
  await using parts = new AsyncDisposableStack();
  const { epochNs, nowNs } = createRunClock();
  const random = createRandom(options.seed);
  const load = createQuestionLoad({
    epochNs,
    nodes: options.nodes,
    applications: options.applications,
    lanes: 2 * options.workers,
    questionsPerSecond: options.questionsPerSecond,
    // As many lanes either way.
    faces: design.isPlain ? ['verify', 'verify', 'verify'] : ['verify', 'authorize', 'gateway'],
    seed: options.seed,
  });
  parts.defer(() => load.close());
  const cluster = await startCluster({
    nodes: options.nodes,
    workers: options.workers,
    applications: options.applications,
    store: options.store,
    design,
    onAddresses: (node, addresses) => load.tell({ kind: 'addresses', node, addresses }),
  });
  parts.defer(() => cluster.close());
  const client = createManagementClient(cluster.operatorToken);
  parts.defer(() => client.close());

  const observations = new ObservationLog();
  const streams = createStreamLoad({ log: observations, epochNs, nowNs, streams: options.streams });
  parts.defer(() => streams.close());
  const journal = createJournal();
  const hitNodes = new Set<number>();
  let subjects = 0;
  let isOver = false;
  const tell = (message: QuestionLoadMessage) => load.tell(message);

  function pickNode(): Node {
    const started = cluster.nodes.filter(({ addresses }) => addresses !== null);
    const well = started.filter(({ index }) => !hitNodes.has(index));
    if (well.length > 0 && !random.isLikely(CHANCE_TO_CALL_ANY_NODE)) return random.pick(well);
    return random.pick(started.length > 0 ? started : cluster.nodes);
  }

  tell({ kind: 'begin', operatorToken: cluster.operatorToken });
  const startNs = nowNs();
  const actors = Array.from({ length: options.writers }, (_, i) =>
    runActor({
      name: `writer-${i}`,
      journal,
      client,
      random,
      nowNs,
      pickNode,
      maxPauseMs: options.maxPauseMs,
      isPlain: design.isPlain,
      shouldEnd: () => isOver,
      createSubject(presentedKey, scope) {
        const subject = subjects++;
        tell({ kind: 'subject', subject, question: { presentedKey, scope } });
        return subject;
      },
      async onChanged({ subject, to }) {
        tell({ kind: 'changed', subject, to });
        await streams.noteCompleted(subject);
      },
      onCreated({ secret: { presentedKey, subjects } }) {
        const node = random.pick([...cluster.nodes, ...cluster.applications]);
        const url = node.addresses?.gateway ?? null;
        if (options.streams === 0 || url === null || !random.isLikely(CHANCE_OF_A_STREAM)) return;
        streams.open({ subject: subjects.read, presentedKey, node: node.index }, url);
      },
    }),
  );
  const schedule = runFaults({
    cluster,
    kinds: options.faults,
    random: createRandom(options.seed + 1),
    calmSeconds: options.calmSeconds,
    faultSeconds: options.faultSeconds,
    nowNs,
    shouldEnd: () => isOver,
    onBegin: (nodes) => nodes.forEach((node) => void hitNodes.add(node)),
    onEnd: () => hitNodes.clear(),
  });
  const working = Promise.all([schedule, ...actors]);
  await Promise.race([wait(options.seconds * 1_000, null, { signal }), working]);
  isOver = true;
  const faults = await within(SETTLE_MS, schedule, 'The last fault did not end.');
  await within(SETTLE_MS, working, () => `Calls are not answered any more.\n${describe(cluster)}`);
  await within(
    SETTLE_MS,
    Promise.all([...cluster.nodes.map(becomeReady), ...cluster.applications.map(answers)]),
    () => `A node does not answer any more.\n${describe(cluster)}`,
  );
  await wait(LAST_QUESTIONS_MS);
  streams.close();
  const { chunks, unexpected } = await load.finish();
  observations.put(chunks);
  journal.unexpected.push(...unexpected);
  const durationNs = nowNs() - startNs;
  return {
    options,
    design,
    journal,
    observations,
    faults,
    findings: check(journal.changes, observations),
    lost: await findLost(journal, client, cluster),
    streams: streams.begun,
    durationNs,
  };
}

async function becomeReady({ addresses }: Node): Promise<void> {
  while ((await statusOf(`${addresses?.management}/readyz`)) !== 200) await wait(50);
}

/** Without a lease it says 503 to a request without a key. */
async function answers({ addresses }: Node): Promise<void> {
  while ((await statusOf(addresses?.gateway ?? '')) !== 401) await wait(50);
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.text();
  return response.status;
}

/** Reads every key back and compares it with what was answered. */
async function findLost({ keys }: Journal, client: ManagementClient, { nodes }: Cluster): Promise<string[]> {
  const states = new Map<string, string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const [node] = nodes;
    if (node === undefined) throw new RangeError('There are no nodes.');
    const page = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await client.call(node, 'GET', `/v1/keys?limit=100${page}`);
    if (answer.kind === 'broken' || answer.status !== 200) {
      throw new Error(`The keys could not be read back: ${JSON.stringify(answer)}`);
    }
    for (const { id = '', state = '' } of answer.body.data ?? []) states.set(id, state);
    cursor = answer.body.next_cursor ?? null;
  }
  return [...keys].flatMap(([id, { isRevoked }]) => {
    const state = states.get(id);
    if (state === undefined) return [`${id} was created and is not there`];
    return isRevoked && state !== 'revoked' ? [`${id} was revoked and is ${state}`] : [];
  });
}

async function within<T>(ms: number, work: Promise<T>, reason: string | (() => string)): Promise<T> {
  const ending = new AbortController();
  const late = wait(ms, null, { signal: ending.signal }).then(() => {
    throw new Error(typeof reason === 'string' ? reason : reason());
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => {});
    ending.abort();
  }
}

const DESCRIBED_CHARACTERS = 2_000;

/** What each node wrote last. */
function describe({ nodes, applications }: Cluster): string {
  return [...nodes, ...applications]
    .map((node) => `node ${node.index}: ${node.output().slice(-DESCRIBED_CHARACTERS)}`)
    .join('\n');
}
