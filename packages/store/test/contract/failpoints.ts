import { describe, expect, test } from 'vitest';
import { FAILPOINTS, type Failpoint } from '../../src/failpoint.ts';
import { type OpenStore, openEmpty, openWorld, readEverything, refusalOf, SYSTEM } from '../_util.ts';
import { FIRST_OPERATOR, familyOf, ONCE, SCENARIOS } from './scenarios.ts';

/** Those that a store passes before it has anything to compare, or as a file. */
const ELSEWHERE = ['bootstrap', 'migrate', 'swap'];

export function describeFailpoints(open: OpenStore): void {
  describe('all or nothing', () => {
    test('every failpoint has a scenario', () => {
      const families = new Set(FAILPOINTS.map(familyOf));
      expect([...families].sort()).toEqual([...Object.keys(SCENARIOS), ...ELSEWHERE].sort());
    });

    test.each(Object.keys(SCENARIOS))('%s leaves nothing behind, whichever step fails', async (family) => {
      const trap = createTrap();
      const world = await openWorld(open, trap.onFailpoint);
      const call = await SCENARIOS[family]!(world);
      const names = FAILPOINTS.filter((name) => familyOf(name) === family && name !== 'commit.after');
      for (const name of names) {
        const before = await readEverything(world.store);
        trap.arm(name);
        await refusalOf(call());
        expect(trap.sprung()).toBe(name);
        expect(await readEverything(world.store)).toEqual(before);
      }
      await call();
      expect(await readEverything(world.store)).toBeDefined();
    });

    test('a mutation that fails takes none of those it shares a commit with along', async () => {
      const trap = createTrap();
      const { store, root, newKey } = await openWorld(open, trap.onFailpoint);
      const keys = Array.from({ length: 5 }, () => newKey());
      trap.arm('issue.after_change');
      const settled = await Promise.allSettled(keys.map((key) => store.issueKey(root, key, null)));
      expect(settled.map(({ status }) => status).sort()).toEqual([
        ...Array.from({ length: 4 }, () => 'fulfilled'),
        'rejected',
      ]);
      expect((await store.listKeys({ limit: 10 })).data).toHaveLength(4);
    });

    test('what was committed and not answered is unavailable, there, and found by a repeat', async () => {
      const trap = createTrap();
      const { store, root, newKey } = await openWorld(open, trap.onFailpoint);
      const key = newKey();
      trap.arm('commit.after');
      expect(await refusalOf(store.issueKey(root, key, ONCE))).toBe('store_unavailable');
      expect((await store.getKey({ id: key.id })).number).toBe(1);
      expect(await store.issueKey(root, newKey(), ONCE)).toMatchObject({
        replayed: true,
        value: { id: key.id },
      });
    });

    test('a first operator is made whole or not at all', async () => {
      const trap = createTrap();
      const { store } = await openEmpty(open, trap.onFailpoint);
      for (const name of FAILPOINTS.filter((each) => familyOf(each) === 'bootstrap')) {
        trap.arm(name);
        await refusalOf(store.bootstrapOperator(SYSTEM, FIRST_OPERATOR));
        expect(trap.sprung()).toBe(name);
        expect((await store.listOperators({ limit: 10 })).data).toEqual([]);
      }
      expect(await store.bootstrapOperator(SYSTEM, FIRST_OPERATOR)).not.toBeNull();
    });
  });
}

interface Trap {
  readonly onFailpoint: (name: Failpoint) => void;
  readonly arm: (name: Failpoint) => void;
  readonly sprung: () => Failpoint | null;
}

/** Fails once, at the failpoint it is armed for. */
function createTrap(): Trap {
  let armed: Failpoint | null = null;
  let sprung: Failpoint | null = null;
  return {
    onFailpoint(name) {
      if (name !== armed) return;
      armed = null;
      sprung = name;
      throw new Error(name);
    },
    arm(name) {
      armed = name;
      sprung = null;
    },
    sprung: () => sprung,
  };
}
