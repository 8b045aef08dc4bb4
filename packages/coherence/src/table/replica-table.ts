import { KeyholdError, type KeyId } from '@keyhold/core';
import type {
  ReplicatedKey,
  ReplicatedKeyspace,
  ReplicatedOperator,
  ReplicatedOrganization,
} from '../change.ts';
import type { PageProfile } from '../snapshot/key-page.ts';
import type { KeyPageReader } from '../snapshot/key-page-reader.ts';
import { KeyTable } from './key-table.ts';
import { KeyspaceTable } from './keyspace-table.ts';
import { OrganizationTable } from './organization-table.ts';
import { ProfileTable } from './profile-table.ts';
import { type SecretFields, SecretTable } from './secret-table.ts';

/** Which secret of which key, `previous` being the one of the key right before it; 0: none. */
interface PutSecret {
  readonly key: number;
  readonly secret: number;
  readonly previous: number;
  readonly generation: number;
}

/**
 * Everything that verification reads. Each `put` takes the whole new state of what it names, so that putting one twice
 * changes nothing. Nothing is ever removed.
 */
export class ReplicaTable {
  readonly secrets = new SecretTable();
  readonly keys = new KeyTable();
  readonly organizations = new OrganizationTable();
  readonly keyspaces = new KeyspaceTable();
  readonly profiles = new ProfileTable(this.keyspaces.none);
  readonly #operators = new Map<KeyId, ReplicatedOperator>();
  /** Filled anew for each key of a page. */
  readonly #fields: SecretFields = {
    number: 0,
    organization: 0,
    profile: 0,
    revoked: false,
    disabled: false,
    expiresAtMs: Number.POSITIVE_INFINITY,
    notAfterMs: Number.POSITIVE_INFINITY,
  };
  /** By the number of their keys, of those asked for since one changed: writing out an id costs more than the verdict. */
  readonly #operatorsOfKeys = new Map<number, ReplicatedOperator>();

  /** Makes these keyspaces, and the built-in one, the only ones there are. @throws as `compileKeyspace` does. */
  putConfiguration(keyspaces: readonly ReplicatedKeyspace[]): void {
    this.keyspaces.configure(keyspaces);
    this.profiles.compile();
  }

  /** @returns its number. */
  putOrganization({ id, suspended, features, revokedThrough }: ReplicatedOrganization): number {
    const organization = this.organizations.intern(id);
    this.organizations.set(organization, suspended, features);
    const through = new Map(Object.entries(revokedThrough));
    for (const keyspace of through.keys()) this.keyspaces.intern(keyspace);
    for (const keyspace of this.keyspaces.all()) {
      keyspace.revokedThrough.set(organization, through.get(keyspace.id) ?? 0);
    }
    return organization;
  }

  putOperator(operator: ReplicatedOperator): void {
    this.#operators.set(operator.keyId, operator);
    this.#operatorsOfKeys.clear();
  }

  /** @returns its number. */
  putKey(replicated: ReplicatedKey): number {
    const [first] = replicated.secrets;
    if (first === undefined) throw corrupt(`The key ${replicated.id} has no secret`);
    const key = this.secrets.read(this.secrets.find(first.digest)).key || this.keys.allocate();
    this.keys.set(key, replicated);
    const { number, revoked, disabled } = replicated;
    const organization = this.organizations.intern(replicated.organization);
    const profile = this.#internProfile(replicated);
    const expiresAtMs = replicated.expiresAtMs ?? Number.POSITIVE_INFINITY;
    let previous = 0;
    for (const { digest, generation, notAfterMs } of replicated.secrets) {
      const secret = this.secrets.intern(digest, key);
      this.#putSecret(
        { key, secret, previous, generation },
        {
          number,
          organization,
          profile,
          revoked,
          disabled,
          expiresAtMs,
          notAfterMs: notAfterMs ?? Number.POSITIVE_INFINITY,
        },
      );
      previous = secret;
    }
    return key;
  }

  /** Puts every key of a page that another table was read into. */
  putKeyPage(page: KeyPageReader): void {
    const organizations = page.organizations.map((id) => this.organizations.intern(id));
    const profiles = page.profiles.map((profile) => this.#internProfile(profile));
    while (page.nextKey()) {
      page.nextSecret();
      const key = this.secrets.read(this.secrets.findBytes(page)).key || this.keys.allocate();
      this.keys.setBytes(key, page);
      const fields = this.#fields;
      fields.number = page.number;
      fields.organization = organizations[page.organizationPlace] ?? 0;
      fields.profile = profiles[page.profilePlace] ?? 0;
      fields.revoked = page.revoked;
      fields.disabled = page.disabled;
      fields.expiresAtMs = page.expiresAtMs;
      let previous = 0;
      do {
        const secret = this.secrets.internBytes(page, key);
        const { generation } = page;
        fields.notAfterMs = page.notAfterMs;
        this.#putSecret({ key, secret, previous, generation }, fields);
        previous = secret;
      } while (page.nextSecret());
    }
  }

  #internProfile({ keyspace, environment, scopes }: PageProfile): number {
    return this.profiles.intern(this.keyspaces.intern(keyspace), environment, scopes);
  }

  #putSecret({ key, secret, previous, generation }: PutSecret, fields: Readonly<SecretFields>): void {
    if (this.secrets.read(secret).key !== key)
      throw corrupt(`A secret of the key ${this.keys.id(key)} is another key's`);
    if (previous !== 0) this.secrets.link(previous, secret);
    this.secrets.set(secret, generation, fields);
  }

  operators(): readonly ReplicatedOperator[] {
    return [...this.#operators.values()];
  }

  /** The operator that a key is the token of. */
  operator(key: number): ReplicatedOperator | null {
    const known = this.#operatorsOfKeys.get(key);
    if (known !== undefined) return known;
    const operator = this.#operators.get(this.keys.id(key)) ?? null;
    if (operator !== null) this.#operatorsOfKeys.set(key, operator);
    return operator;
  }
}

function corrupt(what: string): KeyholdError {
  return new KeyholdError('store_corrupt', `${what}; restore the store from a backup.`);
}
