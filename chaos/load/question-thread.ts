import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { NodeAddresses } from '../cluster/node.ts';
import { createRunClock } from '../history/history.ts';
import { ObservationLog } from '../history/observation-log.ts';
import { createRandom } from '../random.ts';
import { KeptAliveConnection } from './kept-alive-connection.ts';
import { type AskedFace, addressOf, type Question, toOutcome, toRequest } from './question.ts';
import type { QuestionLoadMessage, QuestionLoadOptions, QuestionLoadResult } from './question-load.ts';
import { SubjectPool } from './subject-pool.ts';

// The thread behind question-load.ts.

/**
 * A process that stands still takes connections and requests all the same, and answers when it goes on. Asked again and
 * again, it then has questions waiting that came after whatever happened meanwhile.
 */
const PATIENCE_MS = 1_000;

/**
 * Of each lane, used by turns. While a process stands still each can carry one question that has to wait, and only a
 * connection that it knows already is answered at once when it goes on.
 */
const CONNECTIONS = 6;

/** Between two tries to connect. */
const RETRY_MS = 50;

const MAX_UNEXPECTED = 20;

const options: QuestionLoadOptions = workerData;
const { nowNs } = createRunClock(options.epochNs);
const log = new ObservationLog();
const random = createRandom(options.seed);
const addresses: (NodeAddresses | null)[] = Array.from(
  { length: options.nodes + options.applications },
  () => null,
);
const questions = new Map<number, Question>();
const pool = new SubjectPool(random);
const unexpected: string[] = [];
const askers: Promise<void>[] = [];
let isFinished = false;

function receive(message: QuestionLoadMessage): void {
  switch (message.kind) {
    case 'addresses':
      addresses[message.node] = message.addresses;
      return;
    case 'subject':
      questions.set(message.subject, message.question);
      return;
    case 'changed':
      pool.change(message.subject, message.to);
      return;
    case 'begin':
      begin(message.operatorToken);
      return;
    case 'finish':
      isFinished = true;
      void Promise.all(askers).then(hand);
  }
}

function begin(operatorToken: string): void {
  const lanesOfNodes = options.nodes * options.faces.length * options.lanes;
  const lanesOfApplications = options.applications * options.lanes;
  const lanes = lanesOfNodes + lanesOfApplications;
  const intervalMs = options.questionsPerSecond === 0 ? 0 : (1_000 * lanes) / options.questionsPerSecond;
  for (let lane = 0; lane < lanesOfNodes; lane++) {
    const face = options.faces[lane % options.faces.length] ?? 'verify';
    const node = Math.floor(lane / options.faces.length) % options.nodes;
    askers.push(askOn({ node, face, operatorToken, intervalMs }));
  }
  for (let lane = 0; lane < lanesOfApplications; lane++) {
    const node = options.nodes + (lane % options.applications);
    askers.push(askOn({ node, face: 'application', operatorToken, intervalMs }));
  }
}

async function askOn(lane: {
  readonly node: number;
  readonly face: AskedFace;
  readonly operatorToken: string;
  readonly intervalMs: number;
}): Promise<void> {
  const { node, face, operatorToken, intervalMs } = lane;
  const nextSubject = pool.createLane();
  const connections: KeptAliveConnection[] = [];
  let turn = 0;
  let dueMs = performance.now();
  while (!isFinished) {
    dueMs = Math.max(dueMs + intervalMs, performance.now());
    const waitMs = dueMs - performance.now();
    if (waitMs > 1) await wait(waitMs);
    const reached = addresses[node];
    const address = reached === null || reached === undefined ? null : addressOf(face, reached);
    const subject = nextSubject();
    const question = subject === null ? undefined : questions.get(subject);
    if (address === null || subject === null || question === undefined) {
      await wait(RETRY_MS);
      continue;
    }
    turn = (turn + 1) % CONNECTIONS;
    const known = connections[turn];
    const connection = known?.isOpen === true ? known : new KeptAliveConnection(address);
    connections[turn] = connection;
    const request = toRequest(face, question, operatorToken);
    const invokedNs = nowNs();
    const answer = await connection.exchange(request, PATIENCE_MS);
    const answeredNs = nowNs();
    try {
      const outcome = toOutcome(face, answer);
      log.add({ subject, node, face, outcome, invokedNs, answeredNs });
      if (outcome === 'broken') await wait(RETRY_MS);
    } catch (error) {
      if (unexpected.length < MAX_UNEXPECTED) unexpected.push(`node ${node}: ${String(error)}`);
    }
  }
  for (const connection of connections) connection.close();
}

function hand(): void {
  const result: QuestionLoadResult = { chunks: log.take(), unexpected };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(result);
}

parentPort?.on('message', receive);
