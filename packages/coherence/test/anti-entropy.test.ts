import { expect, test } from 'vitest';
import type { ChangePayload, ReplicatedKey } from '../src/change.ts';
import type { LocalReplica } from '../src/replica.ts';
import { createChannelPair, createCluster, passTime, until } from './_cluster.ts';
import { configuration, keys, keyspace, keyWith, mint, organization } from './_util.ts';

/** A cluster whose log holds a key that was revoked. */
function createClusterWithRevoked() {
  const cluster = createCluster();
  const revoked = keyWith(mint(), { revoked: true });
  cluster.log.append(keys(keyWith(mint()), revoked));
  return { ...cluster, revoked };
}

/** Makes the key's row in the table say that it is not revoked. */
function unrevoke({ examiner }: LocalReplica, key: ReplicatedKey): void {
  const { secrets } = examiner.table;
  const secret = secretOf(examiner, key);
  secrets.set(secret, 1, { ...secrets.read(secret), revoked: false });
}

function isRevoked({ examiner }: LocalReplica, key: ReplicatedKey): boolean {
  return examiner.table.secrets.read(secretOf(examiner, key)).revoked;
}

function secretOf({ table }: LocalReplica['examiner'], key: ReplicatedKey): number {
  return table.secrets.find(key.secrets[0]?.digest ?? '');
}

test('a row that changed behind the back of a node is named and mended, and nothing is answered until it is', async () => {
  const { clock, startNode, revoked } = createClusterWithRevoked();
  const a = await startNode('a');
  expect(await a.membership.compareTables()).toEqual([]);
  expect(a.events.at(-1)).toEqual({ kind: 'compared', differences: [] });
  unrevoke(a.replica, revoked);
  const before = a.events.length;
  const differences = [{ kind: 'key', id: revoked.id }];
  expect(await passTime(a.membership.compareTables(), clock, 50)).toEqual(differences);
  expect(isRevoked(a.replica, revoked)).toBe(true);
  await passTime(
    until(() => a.membership.lease.isLive()),
    clock,
    50,
  );
  const told = a.events.slice(before);
  expect(told[0]).toEqual({ kind: 'compared', differences });
  expect(told.map(({ kind }) => kind)).toEqual(['compared', 'reloading', 'lease_lost', 'lease_gained']);
  expect(a.membership.status().incarnation).not.toBe('a-1');
  expect(await a.membership.compareTables()).toEqual([]);
});

test('a child whose table differs from the one that feeds it finds out and is loaded anew', async () => {
  const { clock, startChild, startNode, revoked } = createClusterWithRevoked();
  const a = await startNode('a');
  const child = startChild();
  const [parentEnd, childEnd] = createChannelPair();
  a.membership.accept(parentEnd, null);
  await child.holder.connect(childEnd);
  const compared = () => child.events.filter(({ kind }) => kind === 'compared');

  expect(await a.membership.compareTables()).toEqual([]);
  await until(() => compared().length === 1);
  expect(compared()).toEqual([{ kind: 'compared', differences: [] }]);

  unrevoke(child.replica, revoked);
  expect(await a.membership.compareTables()).toEqual([]);
  await until(() => compared().length === 2);
  expect(compared().at(-1)).toEqual({
    kind: 'compared',
    differences: [{ kind: 'key', id: revoked.id }],
  });
  expect(child.events).toContainEqual({ kind: 'reloading', reason: expect.stringMatching(/\w/) });
  expect(child.holder.lease.isLive()).toBe(false);
  await passTime(
    until(() => child.holder.lease.isLive()),
    clock,
    50,
  );
  expect(isRevoked(child.replica, revoked)).toBe(true);
});

test('a child of a child compares its table too', async () => {
  const { clock, log, startChild, startNode, revoked } = createClusterWithRevoked();
  const a = await startNode('a');
  const [child, grandchild] = [startChild(log), startChild()];
  const [parentEnd, childEnd] = createChannelPair();
  a.membership.accept(parentEnd, null);
  await child.holder.connect(childEnd);
  const [outerEnd, innerEnd] = createChannelPair();
  child.holder.accept(outerEnd, null);
  await grandchild.holder.connect(innerEnd);
  unrevoke(grandchild.replica, revoked);
  expect(await a.membership.compareTables()).toEqual([]);
  await until(() => grandchild.events.some(({ kind }) => kind === 'compared'));
  expect(grandchild.holder.lease.isLive()).toBe(false);
  await passTime(
    until(() => grandchild.holder.lease.isLive()),
    clock,
    50,
  );
  expect(isRevoked(grandchild.replica, revoked)).toBe(true);
});

/** A node of whose store one of everything is, and what its comparison finds when `meanwhile` is written during it. */
async function startComparedNode() {
  const { clock, log, startNode } = createCluster();
  const [key, operatorKey] = [keyWith(mint(), { revoked: true }), keyWith(mint())];
  const operator = { id: 'op_1', keyId: operatorKey.id, keyspaces: ['default'] } as const;
  const state = {
    key: keys(key),
    organization: { kind: 'organization', organization: organization() },
    operator: { kind: 'operator', operator, key: operatorKey },
    configuration: configuration(keyspace()),
  } as const satisfies Record<string, ChangePayload>;
  const changed = {
    key: keys({ ...key, disabled: true }),
    organization: { kind: 'organization', organization: organization({ suspended: true }) },
    operator: {
      kind: 'operator',
      operator: { ...operator, keyspaces: null },
      key: { ...operatorKey, disabled: true },
    },
    configuration: configuration(keyspace({ retired: true })),
  } as const satisfies Record<string, ChangePayload>;
  for (const payload of Object.values(state)) log.append(payload);
  const a = await startNode('a');

  async function compare(meanwhile: readonly ChangePayload[], trimmed = 0) {
    const gate = Promise.withResolvers<void>();
    log.gate = gate.promise;
    const comparing = a.membership.compareTables();
    log.gate = Promise.resolve();
    for (const payload of meanwhile) log.append(payload);
    await passTime(
      until(() => a.replica.appliedSeq === log.size()),
      clock,
      50,
    );
    for (let seq = 1; seq <= trimmed; seq++) log.lost.add(seq);
    gate.resolve();
    return await passTime(comparing, clock, 50);
  }

  return { ...a, changed, compare, key, log };
}

test('what is written while the tables are compared is no difference, whatever it is', async () => {
  const { changed, compare, membership } = await startComparedNode();
  expect(await compare(Object.values(changed))).toEqual([]);
  expect(membership.lease.isLive()).toBe(true);
});

test('a key that differs is found though the configuration is written meanwhile', async () => {
  const { changed, compare, key, replica } = await startComparedNode();
  unrevoke(replica, key);
  expect(await compare([changed.organization, changed.configuration])).toEqual([{ kind: 'key', id: key.id }]);
});

test('a keyspace that differs is found though other things are written meanwhile', async () => {
  const { changed, compare, replica } = await startComparedNode();
  const definition = keyspace({ acceptsEnvironments: [] });
  replica.examiner.table.putConfiguration([{ definition, formerFormats: [] }]);
  expect(await compare([changed.operator])).toEqual([{ kind: 'keyspace', id: 'default' }]);
});

test('of what was written meanwhile and stands in the log no more, nothing is said', async () => {
  const { changed, compare, log } = await startComparedNode();
  expect(await compare([changed.key], log.size() + 1)).toBeNull();
});

test('where nothing differs, what was written meanwhile is not asked for', async () => {
  const { compare, log } = await startComparedNode();
  expect(await compare([keys(keyWith(mint()))], log.size() + 1)).toEqual([]);
});

test('a key that the store does not have is a difference', async () => {
  const { clock, startNode } = createClusterWithRevoked();
  const a = await startNode('a');
  const phantom = keyWith(mint());
  a.replica.examiner.table.putKey(phantom);
  const comparing = passTime(a.membership.compareTables(), clock, 50);
  expect(await comparing).toEqual([{ kind: 'key', id: phantom.id }]);
  expect(secretOf(a.replica.examiner, phantom)).toBe(0);
});

test('of a table that is loaded anew meanwhile, nothing is said', async () => {
  const { clock, log, startNode } = createClusterWithRevoked();
  const a = await startNode('a');
  const gate = Promise.withResolvers<void>();
  log.gate = gate.promise;
  const comparing = a.membership.compareTables();
  log.gate = Promise.resolve();
  await passTime(a.membership.follower.reload(), clock, 50);
  gate.resolve();
  expect(await comparing).toBeNull();
});
