import type { ReplicatedOrganization, SnapshotPage } from '../change.ts';
import type { OrganizationTable } from '../table/organization-table.ts';
import type { ReplicaTable } from '../table/replica-table.ts';
import { type KeyPage, type PageKey, type PageProfile, type PageSecret, printKeyPage } from './key-page.ts';

/** A part of a table on its way to a child: as a store hands it over, or keys in bytes ({@link KeyPage}). */
export type TablePage = SnapshotPage | { readonly kind: 'key_page'; readonly bytes: Uint8Array };

/** Keys in one page: half a millisecond of work for whoever makes or takes it. */
const KEYS_PER_PAGE = 1_000;

const ORGANIZATIONS_PER_PAGE = 1_000;

/**
 * The whole of a table, page by page, each as the table is when the page is taken: whoever keeps the pages and every
 * change that is applied meanwhile, in that order, has the same table.
 *
 * @param keyspaces whose keys, configuration and bulk revocations are in it, and no operator; null: everything.
 */
export function* readTablePages(
  table: ReplicaTable,
  keyspaces: ReadonlySet<string> | null,
): Generator<TablePage, void, undefined> {
  const isShown = (keyspace: string) => keyspaces === null || keyspaces.has(keyspace);
  yield {
    kind: 'configuration',
    keyspaces: table.keyspaces.configuration.filter(({ definition }) => isShown(definition.id)),
  };
  const { organizations } = table;
  for (let first = 1; first <= organizations.count; first += ORGANIZATIONS_PER_PAGE) {
    yield { kind: 'organizations', organizations: readOrganizations(table, first, isShown) };
  }
  if (keyspaces === null) yield { kind: 'operators', operators: table.operators() };
  for (let secret = 1; secret <= table.secrets.count; ) {
    const page = createKeyPage(table);
    for (; secret <= table.secrets.count && page.keys.length < KEYS_PER_PAGE; secret++) {
      if (!table.secrets.isFirst(secret)) continue;
      const { profile } = table.secrets.read(secret);
      if (isShown(table.profiles.get(profile).keyspace.id)) page.add(secret);
    }
    yield { kind: 'key_page', bytes: printKeyPage(page) };
  }
}

function readOrganizations(
  { organizations, keyspaces }: ReplicaTable,
  first: number,
  isShown: (keyspace: string) => boolean,
): ReplicatedOrganization[] {
  const end = Math.min(first + ORGANIZATIONS_PER_PAGE, organizations.count + 1);
  const shown = [...keyspaces.all()].filter(({ id }) => isShown(id));
  return Array.from({ length: end - first }, (_, index) => {
    const organization = first + index;
    const revokedThrough = shown
      .map((keyspace) => [keyspace.id, keyspace.revokedThrough.get(organization)] as const)
      .filter(([, through]) => through > 0);
    return { ...readState(organizations, organization), revokedThrough: Object.fromEntries(revokedThrough) };
  });
}

function readState(organizations: OrganizationTable, organization: number) {
  return {
    id: organizations.id(organization),
    suspended: organizations.isSuspended(organization),
    features: [...organizations.features(organization)],
  };
}

/** A page that keys of a table are added to. */
function createKeyPage({ secrets, keys, organizations, profiles }: ReplicaTable) {
  const shared = {
    organizations: createList((organization) => organizations.id(organization)),
    profiles: createList((profile): PageProfile => {
      const { keyspace, environment, grantedScopes } = profiles.get(profile);
      return { keyspace: keyspace.id, environment, scopes: grantedScopes };
    }),
    addressLists: createList((list) => keys.cidrs(list)),
  };
  const added: PageKey[] = [];

  function readSecrets(first: number): PageSecret[] {
    const found: PageSecret[] = [];
    for (let secret = first; secret !== 0; secret = secrets.next(secret)) {
      const digest = secrets.digestBytes(secret);
      found.push({
        digest,
        generation: secrets.generation(secret),
        notAfterMs: secrets.read(secret).notAfterMs,
      });
    }
    return found;
  }

  return {
    organizations: shared.organizations.entries,
    profiles: shared.profiles.entries,
    addressLists: shared.addressLists.entries,
    keys: added,
    /** @param first the oldest secret of the key. */
    add(first: number): void {
      const { key, number, organization, profile, expiresAtMs, revoked, disabled } = secrets.read(first);
      added.push({
        id: keys.idBytes(key),
        number,
        organization: shared.organizations.place(organization),
        profile: shared.profiles.place(profile),
        addresses: shared.addressLists.place(keys.addressList(key)),
        expiresAtMs,
        revoked,
        disabled,
        name: keys.nameBytes(key),
        secrets: readSecrets(first),
      });
    },
  } satisfies KeyPage & { add(first: number): void };
}

/** What numbers of the table stand for, each listed once. */
function createList<T>(read: (number: number) => T) {
  const entries: T[] = [];
  const places = new Map<number, number>();
  return {
    entries,
    place(number: number): number {
      const known = places.get(number);
      if (known !== undefined) return known;
      const place = entries.push(read(number)) - 1;
      places.set(number, place);
      return place;
    },
  };
}
