import { Child } from './child.ts';
import { Client } from './client.ts';
import { type AnyProcess, type Cast, scheduleFaults } from './faults.ts';
import { Host } from './host.ts';
import { Node } from './node.ts';
import { OwnerProcess } from './owner.ts';
import { SharedStore } from './shared-store.ts';
import { KEYS, type SimulationDefect, World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly defect?: SimulationDefect | null;
  readonly faults?: boolean;
  readonly hints?: boolean;
  readonly traces?: boolean;
}

export interface RunResult {
  /** What broke the promise; null: nothing did. */
  readonly violation: string | null;
  readonly trace: readonly string[];
  readonly changes: number;
  readonly confirmed: number;
  readonly slowestMs: number;
}

/** How long things go wrong, and how long after that everything has to work again. */
const FAULTY_MS = 12_000;
const HEALING_MS = 12_000;
/** The busiest of 5,000 seeds takes 3,500; what takes this many asks itself again and again. */
const MAX_EVENTS = 50_000;

/** Simulates one cluster, or one owner with its children, for 24 s of its own time. The seed decides on everything. */
export function simulate({
  seed,
  defect = null,
  faults = true,
  hints = true,
  traces = false,
}: RunOptions): RunResult {
  const world = new World({ seed, defect, hints, traces });
  const { random, queue } = world;
  const cast = createCast(world);
  const writable = cast.parents.filter((parent): parent is Node | OwnerProcess => !(parent instanceof Child));
  const clients = Array.from(
    { length: 1 + Math.floor(random.next() * 3) },
    () => new Client(world, writable),
  );
  const violated = () => {
    if (queue.added > MAX_EVENTS) world.violate('something never comes to rest');
    return world.violation !== null;
  };

  for (const process of cast.processes) process.start();
  for (const client of clients) client.run();
  scheduleRequests(world, cast.processes);
  if (faults) {
    world.faulty = true;
    scheduleFaults(world, cast, FAULTY_MS);
  }
  queue.run(FAULTY_MS, violated);
  world.faulty = false;
  for (const client of clients) client.stop();
  queue.run(FAULTY_MS + HEALING_MS, violated);
  if (!violated()) checkHealed(world, cast);

  const tookMs = clients.flatMap((client) => client.tookMs);
  return {
    violation: world.violation,
    trace: world.traced,
    changes: world.history.headSeq,
    confirmed: tookMs.length,
    slowestMs: Math.max(0, ...tookMs),
  };
}

function createCast(world: World): Cast {
  const { random } = world;
  const hosts = Array.from(
    { length: 2 + Math.floor(random.next() * 2) },
    () => new Host(random.between(0.96, 1.04)),
  );
  const store = new SharedStore(world);
  const nodes: Node[] = [];
  const parents: (Node | OwnerProcess | Child)[] = [];
  const processes: AnyProcess[] = [];
  if (random.chance(0.7)) {
    const count = random.chance(0.5) ? 2 : 3;
    for (let i = 0; i < count; i++) nodes.push(new Node(world, random.pick(hosts), `node${i}`, store, nodes));
    parents.push(...nodes);
  } else parents.push(new OwnerProcess(world, random.pick(hosts), 'owner'));
  processes.push(...(nodes.length > 0 ? nodes : (parents as OwnerProcess[])));
  const roots = [...parents];
  const children = Math.floor(random.next() * 3);
  for (let i = 0; i < children; i++) {
    const child = new Child(world, random.pick(hosts), `child${i}`, roots);
    processes.push(child);
    if (random.chance(0.7)) continue;
    parents.push(child);
    processes.push(new Child(world, random.pick(hosts), `grandchild${i}`, [child]));
  }
  return { hosts, nodes, parents, processes, store };
}

/** Requests come in all the time, and those that are accepted stay in flight. */
function scheduleRequests(world: World, processes: readonly AnyProcess[]): void {
  const { random, queue } = world;
  const next = () => {
    random.pick(processes).request(Math.floor(random.next() * KEYS));
    // A clock that was only read now may show what no event did.
    for (const process of processes) process.check();
    if (queue.nowMs < FAULTY_MS + HEALING_MS) queue.add(queue.nowMs + random.between(10, 120), next);
  };
  queue.add(100, next);
}

/** Whatever happened: with nothing wrong any more, everything answers, from the same table, and has every change. */
function checkHealed(world: World, { processes }: Cast): void {
  for (const process of processes) {
    if (!process.live) world.violate(`${process.name} does not answer though nothing is wrong any more`);
    else if (process.appliedSeq < world.history.confirmedSeq) {
      world.violate(`${process.name} lacks changes that were confirmed`);
    }
  }
}
