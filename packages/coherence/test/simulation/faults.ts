import type { Child } from './child.ts';
import type { Host } from './host.ts';
import type { Node } from './node.ts';
import type { OwnerProcess } from './owner.ts';
import type { SharedStore } from './shared-store.ts';
import type { World } from './world.ts';

export type AnyProcess = Node | OwnerProcess | Child;

export interface Cast {
  readonly hosts: readonly Host[];
  readonly nodes: readonly Node[];
  readonly parents: readonly (Node | OwnerProcess | Child)[];
  readonly processes: readonly AnyProcess[];
  readonly store: SharedStore;
}

type Fault = (world: World, cast: Cast) => void;

/** Lets things go wrong, one after the other, until `untilMs`. */
export function scheduleFaults(world: World, cast: Cast, untilMs: number): void {
  const { queue, random } = world;
  // A few kinds at a time show more than all of them at once.
  const chosen = FAULTS.filter(() => random.chance(0.4));
  // A wall clock set back hides a sleep of the machine: that both happen within a lease is assumed not to be.
  const kinds = chosen.includes(sleep) ? chosen.filter((kind) => kind !== stepWall) : chosen;
  if (kinds.length === 0) return;
  const paceMs = random.between(200, 2_500);
  const next = () => {
    if (queue.nowMs >= untilMs) return;
    random.pick(kinds)(world, cast);
    queue.add(queue.nowMs + random.between(0.2, 1.8) * paceMs, next);
  };
  queue.add(random.between(500, 2_000), next);
}

const pause: Fault = (world, { processes }) => {
  const process = world.random.pick(processes);
  if (process.paused) return;
  world.trace(() => `${process.name} is stopped`);
  process.paused = true;
  after(world, world.random.between(50, 6_000), () => {
    world.trace(() => `${process.name} goes on`);
    process.paused = false;
    process.resume();
  });
};

const kill: Fault = (world, { processes }) => {
  const process = world.random.pick(processes);
  process.die();
  after(world, world.random.between(20, 4_000), () => process.start());
};

const shutDown: Fault = (world, { processes }) => {
  const process = world.random.pick(processes);
  if (!process.alive) return;
  world.trace(() => `${process.name} shuts down`);
  // Its children may not hear of it.
  if (world.random.chance(0.5)) process.links.break(3_000);
  process.later(0, () => process.stop());
  after(world, world.random.between(3_000, 6_000), () => {
    process.die();
    process.start();
  });
};

const cutOff: Fault = (world, { nodes, store }) => {
  if (nodes.length === 0) return;
  const { random } = world;
  const node = random.pick(nodes);
  const ways = random.pick([[store.unreaching], [store.unreached], [store.unreaching, store.unreached]]);
  world.trace(() => `${node.name} is cut off from the store`);
  for (const way of ways) way.add(node);
  after(world, random.between(100, 6_000), () => {
    for (const way of ways) way.delete(node);
  });
};

const breakLink: Fault = (world, { parents }) => {
  const { random } = world;
  const parent = random.pick(parents);
  parent.links.break(random.between(10, 3_000), (links) => (links.length === 0 ? [] : [random.pick(links)]));
};

const stepWall: Fault = (world, { hosts }) => {
  const { random } = world;
  random.pick(hosts).stepWall(random.between(-10_000, 10_000));
};

const sleep: Fault = (world, { hosts, processes }) => {
  const { random } = world;
  const host = random.pick(hosts);
  if (host.asleep) return;
  world.trace(() => `a host sleeps`);
  host.sleep(world.nowMs);
  after(world, random.between(500, 8_000), () => {
    world.trace(() => `a host wakes`);
    host.wake(world.nowMs);
    for (const process of processes) if (process.host === host) process.resume();
  });
};

const loseTable: Fault = (world, { processes }) => {
  const process = world.random.pick(processes);
  if (process.alive && process.table !== null && 'drop' in process) process.later(0, () => process.drop());
};

const FAULTS: readonly Fault[] = [pause, kill, shutDown, cutOff, breakLink, stepWall, sleep, loseTable];

function after(world: World, delayMs: number, run: () => void): void {
  world.queue.add(world.nowMs + delayMs, run);
}
