import { randomUUID } from 'node:crypto';
import {
  type ChildChannel,
  createGrantHolder,
  createReplica,
  createStoreTime,
  createVerifier,
  type Membership,
} from '@keyhold/coherence';
import { type Faces, openFaces } from '../faces.ts';
import { createLogger } from '../logger.ts';
import { createMembershipLog } from '../observability/membership-log.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createOperatorService } from '../operators/operator-service.ts';
import { createSystemClock, systemRandomBytes } from '../process/system-clock.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { type Assignment, readAssignment } from './assignment.ts';
import { openCalls } from './calls.ts';
import { openLanes } from './ipc.ts';
import type { PrimaryCalls } from './primary-calls.ts';
import { createRemoteStore } from './remote-store.ts';
import type { WorkerCalls } from './worker-calls.ts';

/**
 * A worker: answers from a table of its own under the grants of its primary, which has the store, and which starts and
 * ends it.
 */

const lanes = openLanes(process);
const metrics = createMetrics();
let opened: { readonly faces: Faces; readonly membership: Membership } | null = null;

const ask = openCalls<WorkerCalls, PrimaryCalls>(lanes.calls, {
  async open(assignment) {
    opened = await open(assignment);
    const { url, gateways } = opened.faces;
    return { url, gateways };
  },
  async declareReady() {
    opened?.faces.declareReady();
  },
  readMetrics: () => metrics.export(),
  async close() {
    await opened?.faces[Symbol.asyncDispose]();
    await opened?.membership.close();
  },
});

// What this process makes on the disk is its own; a socket that others may open says so itself.
process.umask(0o077);
// A terminal and a service manager send these to every process of the group; the primary says when it is time.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, ignoreSignal);
// Without its primary it could answer for one grant more, and nobody would ever end it.
process.on('disconnect', () => process.exit());

async function open(assignment: Assignment): Promise<NonNullable<typeof opened>> {
  const { settings, configuration } = readAssignment(assignment);
  const clock = createSystemClock();
  const log = createLogger(settings.logLevel);
  process.on('uncaughtExceptionMonitor', (error) => log.error({ err: error }, 'Crashed.'));

  const storeTime = createStoreTime(clock);
  const replica = createReplica({
    clock: storeTime.clock,
    onEndFailure: (error) =>
      log.error({ err: error }, 'A request in flight could not be ended in order; it was cut.'),
  });
  const store = createRemoteStore((method, args) => ask('callStore', method, args));
  const membership = createGrantHolder({
    log: store,
    replica,
    storeTime,
    clock,
    name: String(process.pid),
    protocolVersion: PROTOCOL_VERSION,
    createIncarnation: randomUUID,
    onEvent: createMembershipLog({ clock, log, onCompared: (outcome) => metrics.observeComparison(outcome) }),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the primary's end is of this program
  await membership.connect(lanes.coherence as ChildChannel);

  const authority = {
    async commit<T extends { readonly seq: number }>(mutate: () => Promise<T>): Promise<T> {
      const committed = await mutate();
      await ask('confirm', committed.seq);
      return committed;
    },
  };
  const verifier = createVerifier({ replica, lease: membership.lease });
  const faces = await openFaces({
    store,
    authority,
    verifier,
    cluster: {
      reached: (seq, withinMs) => membership.reached(seq, withinMs),
      waitFor: (seq) => ask('waitFor', seq),
      listNodes: () => ask('listNodes'),
    },
    accept: (channel, keyspaces) => membership.accept(channel, keyspaces),
    replica,
    operators: createOperatorService({ store, authority, verifier, clock, randomBytes: systemRandomBytes }),
    metrics: { ...metrics, read: () => ask('readMetrics') },
    settings,
    configuration,
    clock,
    randomBytes: systemRandomBytes,
    log,
  });
  return { faces, membership };
}

function ignoreSignal(): void {}
