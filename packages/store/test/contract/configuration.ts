import type { FormerFormat } from '@keyhold/core';
import { describe, expect, test } from 'vitest';
import {
  headOf,
  LEADS,
  MESSAGES,
  type OpenStore,
  openWorld,
  refusalOf,
  SYSTEM,
  type World,
} from '../_util.ts';

const NEWER = { acceptOlder: false };

export function describeConfiguration(open: OpenStore): void {
  describe('configuration', () => {
    test('applying what is in force already writes nothing and answers with its seq', async () => {
      const { store } = await openWorld(open);
      const head = await headOf(store);
      const reordered = { keyspaces: [LEADS, { ...MESSAGES, realm: MESSAGES.realm }] };
      const again = await store.applyConfiguration(SYSTEM, reordered, NEWER);
      expect(again).toEqual({ seq: 1, value: { revision: 1, changedKeyspaces: [] }, replayed: false });
      expect(await headOf(store)).toBe(head);
    });

    test('a difference is one change that carries every keyspace, and one audit event', async () => {
      const { store } = await openWorld(open);
      const head = await headOf(store);
      const narrowed = { ...MESSAGES, scopes: { send: ['POST /send'] } };
      const applied = await store.applyConfiguration(SYSTEM, { keyspaces: [narrowed, LEADS] }, NEWER);
      expect(applied).toEqual({
        seq: head + 1,
        value: { revision: 2, changedKeyspaces: ['messages'] },
        replayed: false,
      });
      expect((await store.readChanges(head, 10)).map(({ payload }) => payload)).toEqual([
        {
          kind: 'configuration',
          keyspaces: [
            { definition: LEADS, formerFormats: [] },
            { definition: narrowed, formerFormats: [] },
          ],
        },
      ]);
      const [event] = (await store.listAuditEvents({ limit: 1 })).data;
      expect(event).toMatchObject({
        action: 'configuration.apply',
        subject: { kind: 'configuration', id: '2' },
      });
    });

    test('the order of scopes and of error bodies counts, that of other fields does not', async () => {
      const { store } = await openWorld(open);
      const body = { ...MESSAGES, errors: { unauthorized: { a: 1, b: 2 } } };
      const turned = { ...MESSAGES, errors: { unauthorized: { b: 2, a: 1 } } };
      const scopes = { ...MESSAGES, scopes: { query: ['GET /messages'], send: ['POST /send'] } };
      for (const [keyspace, revision] of [
        [body, 2],
        [turned, 3],
        [scopes, 4],
      ] as const) {
        const applied = await store.applyConfiguration(SYSTEM, { keyspaces: [keyspace, LEADS] }, NEWER);
        expect(applied.value.revision).toBe(revision);
      }
      const { id, ...others } = scopes;
      const same = await store.applyConfiguration(SYSTEM, { keyspaces: [{ ...others, id }, LEADS] }, NEWER);
      expect(same.value).toEqual({ revision: 4, changedKeyspaces: [] });
    });

    test('an older configuration is refused, unless it is said to be meant', async () => {
      const { store } = await openWorld(open);
      const first = { keyspaces: [MESSAGES, LEADS] };
      await store.applyConfiguration(SYSTEM, { keyspaces: [MESSAGES, { ...LEADS, title: 'Leads' }] }, NEWER);
      expect(await refusalOf(store.applyConfiguration(SYSTEM, first, NEWER))).toBe('configuration_older');
      const back = await store.applyConfiguration(SYSTEM, first, { acceptOlder: true });
      expect(back.value).toEqual({ revision: 3, changedKeyspaces: ['leads'] });
    });

    test('a keyspace with keys goes only after it was retired, and one without goes at once', async () => {
      const { store, issue } = await openWorld(open);
      await issue({ keyspace: 'messages' });
      const without = { keyspaces: [LEADS] };
      expect(await refusalOf(store.applyConfiguration(SYSTEM, without, NEWER))).toBe('configuration_invalid');
      const retired = { keyspaces: [{ ...MESSAGES, retired: true }, LEADS] };
      await store.applyConfiguration(SYSTEM, retired, NEWER);
      expect(await refusalOf(issue({ keyspace: 'messages' }))).toBe('keyspace_retired');
      const gone = await store.applyConfiguration(SYSTEM, without, NEWER);
      expect(gone.value.changedKeyspaces).toEqual(['messages']);
      expect(await refusalOf(issue({ keyspace: 'messages' }))).toBe('keyspace_not_found');
      const empty = await store.applyConfiguration(SYSTEM, { keyspaces: [] }, NEWER);
      expect(empty.value.changedKeyspaces).toEqual(['leads']);
    });

    test('a keyspace that comes back goes on counting where it stopped', async () => {
      const { store, issue } = await openWorld(open);
      const before = await issue({ keyspace: 'leads' });
      await store.applyConfiguration(SYSTEM, { keyspaces: [{ ...LEADS, retired: true }] }, NEWER);
      await store.applyConfiguration(SYSTEM, { keyspaces: [] }, NEWER);
      await store.applyConfiguration(SYSTEM, { keyspaces: [LEADS] }, NEWER);
      expect((await issue({ keyspace: 'leads' })).number).toBe(before.number + 1);
    });

    test('a format that keys were made under is remembered when another one replaces it', async () => {
      const world = await openWorld(open);
      const first = { template: LEADS.key.format, environments: [] };
      const second = { template: 'l2_{random:hex:64}', environments: [] };
      const third = { template: 'l3_{random:hex:64}', environments: [] };
      await world.issue({ keyspace: 'leads' });
      expect(await formerFormatsAfter(world, { format: second.template })).toEqual([first]);
      // Nothing was made under the second one.
      expect(await formerFormatsAfter(world, { format: third.template })).toEqual([first]);
      const key = await world.issue({ keyspace: 'leads' });
      expect(await formerFormatsAfter(world, { format: second.template })).toEqual([third, first]);
      // A recycled key's secret has the format of its own day.
      await world.store.recycleKey(
        world.root,
        { id: key.id },
        { secret: world.newSecret(), graceMs: 0, expectedGeneration: null },
      );
      expect(await formerFormatsAfter(world, { format: first.template })).toEqual([second, third, first]);
    });

    test('a format is remembered with its environments when these change', async () => {
      const world = await openWorld(open);
      const format = 'l_{environment}_{random:hex:64}';
      const both = { format, environments: ['test', 'live'], alsoAccepted: ['old_{random:hex:64}'] };
      await formerFormatsAfter(world, both);
      await world.issue({ keyspace: 'leads', environment: 'live' });
      const remembered = { template: format, environments: ['live', 'test'] };
      // Their order says nothing.
      expect(await formerFormatsAfter(world, { ...both, environments: ['live', 'test'] })).toEqual([]);
      const one = { ...both, environments: ['live'] };
      expect(await formerFormatsAfter(world, one)).toEqual([remembered]);
      // Nothing was made with the one alone.
      expect(await formerFormatsAfter(world, { ...both, environments: ['eu'] })).toEqual([remembered]);
    });

    test('an accepted format that is dropped is remembered when the keyspace has keys', async () => {
      const world = await openWorld(open);
      const { format } = LEADS.key;
      expect(await formerFormatsAfter(world, { format, alsoAccepted: ['unused_{random:hex:64}'] })).toEqual(
        [],
      );
      const alsoAccepted = ['old_{random:hex:64}', 'older_{random:hex:40}'];
      expect(await formerFormatsAfter(world, { format, alsoAccepted })).toEqual([]);
      await world.issue({ keyspace: 'leads' });
      expect(await formerFormatsAfter(world, { format, alsoAccepted: alsoAccepted.slice(1) })).toEqual([
        { template: 'old_{random:hex:64}', environments: [] },
      ]);
      expect(await formerFormatsAfter(world, { format })).toEqual(
        alsoAccepted.map((template) => ({ template, environments: [] })),
      );
    });

    test('a keyspace that comes back recognises what it did', async () => {
      const world = await openWorld(open);
      const leads = { ...LEADS, key: { ...LEADS.key, alsoAccepted: ['old_{random:hex:64}'] }, retired: true };
      await world.issue({ keyspace: 'leads' });
      for (const keyspaces of [[leads], []]) {
        await world.store.applyConfiguration(SYSTEM, { keyspaces: [MESSAGES, ...keyspaces] }, NEWER);
      }
      expect(await formerFormatsAfter(world, { format: 'l2_{random:hex:64}' })).toEqual([
        { template: LEADS.key.format, environments: [] },
        { template: 'old_{random:hex:64}', environments: [] },
      ]);
    });

    test('of two that apply one configuration at once, one finds it in force', async () => {
      const { store } = await openWorld(open);
      const configuration = { keyspaces: [LEADS] };
      const applied = await Promise.all(
        [0, 1].map(() => store.applyConfiguration(SYSTEM, configuration, NEWER)),
      );
      expect(applied.map(({ value }) => value.revision)).toEqual([2, 2]);
      expect(applied.map(({ value }) => value.changedKeyspaces.length).sort((a, b) => a - b)).toEqual([0, 1]);
    });

    test('the reserved keyspace, and two with one id, are refused', async () => {
      const { store } = await openWorld(open);
      for (const keyspaces of [[{ ...LEADS, id: 'keyhold' }], [LEADS, LEADS]]) {
        expect(await refusalOf(store.applyConfiguration(SYSTEM, { keyspaces }, NEWER))).toBe(
          'configuration_invalid',
        );
      }
    });

    test('only the process itself configures', async () => {
      const { store, root } = await openWorld(open);
      const call = store.applyConfiguration(root, { keyspaces: [LEADS] }, NEWER);
      expect(await refusalOf(call)).toBe('insufficient_scope');
    });
  });
}

/** What is remembered of `leads` once its keys are to look like this. */
async function formerFormatsAfter(
  { store }: World,
  {
    format,
    alsoAccepted = [],
    environments = [],
  }: {
    readonly format: string;
    readonly alsoAccepted?: readonly string[];
    readonly environments?: readonly string[];
  },
): Promise<readonly FormerFormat[]> {
  const key = { ...LEADS.key, format, alsoAccepted };
  const leads = { ...LEADS, key, environments, acceptsEnvironments: environments };
  await store.applyConfiguration(SYSTEM, { keyspaces: [MESSAGES, leads] }, { acceptOlder: true });
  let former: readonly FormerFormat[] = [];
  await store.readSnapshot((page) => {
    if (page.kind !== 'configuration') return;
    former = page.keyspaces.find(({ definition }) => definition.id === 'leads')?.formerFormats ?? [];
  });
  return former;
}
