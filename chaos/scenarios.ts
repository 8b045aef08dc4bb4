import { setTimeout as wait } from 'node:timers/promises';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import type { Node } from './cluster/node.ts';
import type { Design } from './design.ts';
import { check, type Findings } from './history/checker.ts';
import { createRunClock } from './history/history.ts';
import { ObservationLog } from './history/observation-log.ts';
import { createJournal } from './load/journal.ts';
import { KeptAliveConnection } from './load/kept-alive-connection.ts';
import { createManagementClient } from './load/management-client.ts';
import { type AskedFace, addressOf, type Question, toOutcome, toRequest } from './load/question.ts';
import { createStreamLoad } from './load/stream-load.ts';
import { Writer } from './load/writer.ts';

/** One of two nodes is made to fall behind, and asked about keys that are revoked at the other. */
export type Scenario = (stage: Stage) => Promise<void>;

/** What a scenario plays on. */
interface Stage {
  readonly cluster: Cluster;
  /** The node that falls behind. */
  readonly node: Node;
  readonly keys: readonly OpenKey[];
  /** Asks about every key, and waits for all the answers. */
  askAll(): Promise<void>;
}

/** A key that every process accepts, with a stream through the node. */
interface OpenKey {
  revoke(): Promise<void>;
  /** Asks about it over its own connection, which the node knows already. */
  ask(): Promise<void>;
}

/** Enough that every worker has some, by each face. */
const KEYS = 12;
const FACES: readonly AskedFace[] = ['verify', 'authorize', 'gateway'];

/** A node that goes on answers the questions that waited long before. */
const PATIENCE_MS = 30_000;

/** A stopped process lies still for so long before and after the keys are revoked, so that something waits in each of its sockets that came before the change. */
const STANDING_MS = 100;

/** How long wrong answers are waited for after the node is well again. */
const AFTERMATH_MS = 700;

export const SCENARIOS = {
  /** All of it is stopped until it has been fenced. */
  async 'a node stands still'({ node, keys, askAll }) {
    const goOn = node.freeze('all');
    await Promise.all(keys.map(({ revoke }) => revoke()));
    const asked = askAll();
    // What is sent to it meanwhile has arrived when it goes on.
    await wait(AFTERMATH_MS);
    goOn();
    await asked;
  },

  /** One of its workers is stopped for less than its grant. */
  async 'a worker stands still'({ node, keys, askAll }) {
    const goOn = node.freeze({ worker: 0 });
    await wait(STANDING_MS);
    const revoked = Promise.all(keys.map(({ revoke }) => revoke()));
    await Promise.race([revoked, wait(AFTERMATH_MS)]);
    const asked = askAll();
    await wait(STANDING_MS);
    goOn();
    await asked;
    await revoked;
  },

  /** Nothing passes between it and PostgreSQL until it has been fenced. */
  async 'a node is cut off'({ cluster, node, keys, askAll }) {
    const proxy = cluster.proxies[node.index];
    proxy?.hold(['up', 'down']);
    await Promise.all(keys.map(({ revoke }) => revoke()));
    const untilMs = performance.now() + 2 * AFTERMATH_MS;
    while (performance.now() < untilMs) await askAll();
    proxy?.heal();
  },

  /** Everything between it and PostgreSQL is late. */
  async 'a network is slow'({ cluster, node, keys }) {
    const proxy = cluster.proxies[node.index];
    proxy?.delay(200);
    // Spread over more than the time of a round, so that some come just before the node reads where the log is.
    const spread = keys.map(async ({ revoke, ask }, i) => {
      await wait(i * 120);
      await revoke();
      await ask();
    });
    await Promise.all(spread);
    proxy?.heal();
  },
} satisfies Readonly<Record<string, Scenario>>;

/**
 * Plays scenarios, one after another, on a cluster of two nodes of two workers, and checks what was answered, up to the
 * first in which something was wrong.
 */
export async function play(scenarios: readonly Scenario[], design: Design): Promise<Findings> {
  await using parts = new AsyncDisposableStack();
  const cluster = await startCluster({
    nodes: 2,
    workers: 2,
    applications: 0,
    store: 'postgres',
    design,
    onAddresses() {},
  });
  parts.defer(() => cluster.close());
  const client = createManagementClient(cluster.operatorToken);
  parts.defer(() => client.close());
  const [writing, node] = cluster.nodes;
  if (writing === undefined || node === undefined) throw new RangeError('There are two nodes.');
  const { epochNs, nowNs } = createRunClock();
  const journal = createJournal();
  const observations = new ObservationLog();
  const questions: Question[] = [];
  let findings = check(journal.changes, observations);
  for (const [index, scenario] of scenarios.entries()) {
    await playOne(scenario, `scene-${index}`, writing, node);
    findings = check(journal.changes, observations);
    if (findings.staleAccepts + findings.wrongfulRefusals > 0) break;
  }
  return findings;

  async function playOne(scenario: Scenario, name: string, writing: Node, node: Node): Promise<void> {
    const { addresses } = node;
    if (addresses === null) throw new Error('The node is not started.');
    const { gateway, management } = addresses;
    const connections: KeptAliveConnection[] = [];
    const streams = createStreamLoad({ log: observations, epochNs, nowNs, streams: KEYS });

    const openKey = async (index: number): Promise<OpenKey> => {
      const writer = new Writer(`${name}-${index}`, {
        journal,
        client,
        nowNs,
        pickNode: () => writing,
        createSubject: (presentedKey, scope) => questions.push({ presentedKey, scope }) - 1,
        onChanged: ({ subject }) => streams.noteCompleted(subject),
      });
      await writer.open();
      const key = await writer.create();
      if (key === null) throw new Error('A key could not be created.');
      const { presentedKey, subjects } = key.secret;
      streams.open({ subject: subjects.read, presentedKey, node: node.index }, gateway ?? management);
      const face = FACES[index % FACES.length] ?? 'verify';
      const connection = new KeptAliveConnection(addressOf(face, addresses) ?? management);
      connections.push(connection);
      return { revoke: () => writer.revoke(key), ask: () => ask(subjects.send, face, connection) };
    };

    async function ask(subject: number, face: AskedFace, connection: KeptAliveConnection): Promise<void> {
      const question = questions[subject];
      if (question === undefined) throw new RangeError(`There is no subject ${subject}.`);
      const invokedNs = nowNs();
      const answer = await connection.exchange(toRequest(face, question, cluster.operatorToken), PATIENCE_MS);
      const outcome = toOutcome(face, answer);
      observations.add({ subject, node: node.index, face, outcome, invokedNs, answeredNs: nowNs() });
    }

    const keys = await Promise.all(Array.from({ length: KEYS }, (_, index) => openKey(index)));
    const askAll = async () => void (await Promise.all(keys.map((key) => key.ask())));
    // From here on every connection and every stream is known to the process that answers it.
    await askAll();
    while (streams.answered < KEYS) await wait(20);
    await scenario({ cluster, node, keys, askAll });
    await wait(AFTERMATH_MS);
    streams.close();
    for (const connection of connections) connection.close();
  }
}
