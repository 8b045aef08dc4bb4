import { isDeepStrictEqual } from 'node:util';
import { bytesToKeyId } from '@keyhold/core';
import type {
  ReplicatedKey,
  ReplicatedKeyspace,
  ReplicatedOperator,
  ReplicatedOrganization,
} from '../change.ts';
import { KeyPageReader } from '../snapshot/key-page-reader.ts';
import type { TablePage } from '../snapshot/table-pages.ts';
import type { ReplicaTable } from './replica-table.ts';

/** What a table holds otherwise than the store does, or lacks, or has without the store. */
export interface Difference {
  readonly kind: 'key' | 'organization' | 'operator' | 'keyspace';
  readonly id: string;
}

/** A secret and its key, but for the key's names and organization. Infinity: no end. */
type ExpectedSecret = Omit<ReplicatedKey, 'id' | 'name' | 'organization' | 'secrets'> & {
  readonly expiresAtMs: number;
  readonly notAfterMs: number;
  readonly generation: number;
};

/** Compares a table, which may change meanwhile, with every page of what it should hold; nothing in it changes by that. */
export interface TableComparison {
  take(page: TablePage): void;
  /** After the last page: what was found, each once. What changed since the comparison began may be among it. */
  finish(): readonly Difference[];
}

export function createTableComparison(table: ReplicaTable): TableComparison {
  const { secrets, keys, organizations, keyspaces, profiles } = table;
  /** By number, of those that there were when the comparison began: 1 for what the store has too. */
  const found = new Uint8Array(secrets.count + 1);
  const differences = new Map<string, Difference>();

  function note(kind: Difference['kind'], id: string): void {
    differences.set(differenceName({ kind, id }), { kind, id });
  }

  function compareKey({ id, name, expiresAtMs, secrets: stored, ...key }: ReplicatedKey): void {
    const organization = organizations.find(key.organization);
    // Each secret has a copy of what the verdict reads of its key.
    for (const { digest, generation, notAfterMs } of stored) {
      const secret = secrets.find(digest);
      const ends = { expiresAtMs: toInstant(expiresAtMs), notAfterMs: toInstant(notAfterMs) };
      const held = secrets.read(secret).key;
      const isNamed = keys.id(held) === id && keys.name(held) === name;
      if (!holdsSecret(secret, organization, { ...key, ...ends, generation }) || !isNamed) note('key', id);
    }
  }

  function compareKeys(page: KeyPageReader): void {
    const numbers = page.organizations.map((id) => organizations.find(id));
    while (page.nextKey()) {
      const organization = numbers[page.organizationPlace] ?? 0;
      while (page.nextSecret()) {
        const secret = secrets.findBytes(page);
        if (!holdsSecret(secret, organization, page) || !keys.isNamed(secrets.read(secret).key, page))
          note('key', bytesToKeyId(page.bytes, page.idStart));
      }
    }
  }

  function holdsSecret(secret: number, organization: number, expected: ExpectedSecret): boolean {
    if (secret === 0) return false;
    if (secret < found.length) found[secret] = 1;
    const view = secrets.read(secret);
    const profile = profiles.get(view.profile);
    // What a bulk revocation covers is written out to its keys later, and no change says so.
    const isCovered = view.number <= profile.keyspace.revokedThrough.get(view.organization);
    return (
      (isCovered || view.revoked === expected.revoked) &&
      view.number === expected.number &&
      view.organization === organization &&
      view.disabled === expected.disabled &&
      view.expiresAtMs === expected.expiresAtMs &&
      view.notAfterMs === expected.notAfterMs &&
      secrets.generation(secret) === expected.generation &&
      profile.keyspace.id === expected.keyspace &&
      profile.environment === expected.environment &&
      isSameList(profile.grantedScopes, expected.scopes) &&
      isSameList(keys.cidrs(keys.addressList(view.key)), expected.allowedCidrs)
    );
  }

  function holdsOrganization({ id, suspended, features, revokedThrough }: ReplicatedOrganization): boolean {
    const organization = organizations.find(id);
    const bulk = [...keyspaces.all()].map((keyspace) => ({
      id: keyspace.id,
      through: keyspace.revokedThrough.get(organization),
    }));
    return (
      organization !== 0 &&
      organizations.isSuspended(organization) === suspended &&
      isSameList([...organizations.features(organization)], features) &&
      bulk.every((each) => each.through === (revokedThrough[each.id] ?? 0)) &&
      Object.keys(revokedThrough).every((keyspace) => bulk.some((each) => each.id === keyspace))
    );
  }

  function compareOperators(stored: readonly ReplicatedOperator[]): void {
    noteUnequal('operator', stored, table.operators(), (operator) => operator.id);
  }

  function compareKeyspaces(stored: readonly ReplicatedKeyspace[]): void {
    noteUnequal('keyspace', stored, keyspaces.configuration, ({ definition }) => definition.id);
  }

  function noteUnequal<T>(
    kind: Difference['kind'],
    stored: readonly T[],
    held: readonly T[],
    toId: (each: T) => string,
  ): void {
    const heldById = new Map(held.map((each) => [toId(each), each]));
    for (const each of stored) {
      if (!isDeepStrictEqual(heldById.get(toId(each)), each)) note(kind, toId(each));
      heldById.delete(toId(each));
    }
    for (const id of heldById.keys()) note(kind, id);
  }

  return {
    take(page) {
      switch (page.kind) {
        case 'configuration':
          compareKeyspaces(page.keyspaces);
          break;
        case 'organizations':
          for (const each of page.organizations) if (!holdsOrganization(each)) note('organization', each.id);
          break;
        case 'operators':
          compareOperators(page.operators);
          break;
        case 'keys':
          for (const key of page.keys) compareKey(key);
          break;
        case 'key_page':
          compareKeys(new KeyPageReader(page.bytes));
          break;
        default:
          page satisfies never;
      }
    },
    finish() {
      for (let secret = 1; secret < found.length; secret++) {
        if (found[secret] === 0) note('key', keys.id(secrets.read(secret).key));
      }
      return [...differences.values()];
    },
  };
}

function toInstant(ms: number | null): number {
  return ms ?? Number.POSITIVE_INFINITY;
}

/** One text for each thing that can differ. */
export function differenceName({ kind, id }: Difference): string {
  return `${kind} ${id}`;
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, i) => text === other[i]);
}
