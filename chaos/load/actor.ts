import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../random.ts';
import { type Key, SCOPES } from './organization.ts';
import { Writer, type WriterOptions } from './writer.ts';

const MAX_KEYS = 4;

/** What was taken away is given back after a while: long enough to be asked about meanwhile. */
const MAX_HOLD_MS = 150;

export interface ActorOptions extends WriterOptions {
  readonly name: string;
  readonly random: Random;
  /** The longest pause between two calls. */
  readonly maxPauseMs: number;
  /** Whether only keys are created and revoked: what every design has. */
  readonly isPlain: boolean;
  shouldEnd(): boolean;
  onCreated(key: Key): void;
}

/** Creates, tightens and loosens the keys of organizations of its own, as chance has it, until it should end. */
export async function runActor(options: ActorOptions): Promise<void> {
  const { name, random, maxPauseMs, isPlain, shouldEnd, onCreated } = options;
  for (let generation = 0; !shouldEnd(); generation++) {
    const writer = new Writer(`${name}-${generation}`, options);
    await writer.open();
    let isSpent = false;
    while (!isSpent && !shouldEnd()) {
      await wait(random.between(0, maxPauseMs));
      const keys = [...writer.organization.keys];
      if (keys.length < MAX_KEYS && (keys.length === 0 || random.isLikely(0.4))) {
        const created = await writer.create();
        if (created !== null) onCreated(created);
      } else if (isPlain) {
        await writer.revoke(random.pick(keys));
      } else {
        isSpent = await tighten(writer, random);
      }
    }
  }
}

/** @returns whether the organization has come to its end. */
async function tighten(writer: Writer, random: Random): Promise<boolean> {
  const key = random.pick([...writer.organization.keys]);
  const hold = () => wait(random.between(0, MAX_HOLD_MS));
  const chance = random.fraction();
  if (chance < 0.3) {
    await writer.revoke(key);
  } else if (chance < 0.5) {
    await writer.recycle(key);
  } else if (chance < 0.65) {
    await writer.disable(key);
    await hold();
    if (!key.isOver) await writer.enable(key);
  } else if (chance < 0.8) {
    await writer.setScopes(key, [random.pick(SCOPES)]);
    await hold();
    if (!key.isOver) await writer.setScopes(key, SCOPES);
  } else if (chance < 0.87) {
    await writer.shorten(key, random.between(300, 2_000));
  } else if (chance < 0.96) {
    if (!(await writer.suspend())) return true;
    await hold();
    if (!(await writer.resume())) return true;
  } else {
    await writer.revokeAll();
    return true;
  }
  return false;
}
