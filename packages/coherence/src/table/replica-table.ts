import { KeyholdError, type KeyId } from '@keyhold/core';
import type {
  ReplicatedKey,
  ReplicatedKeyspace,
  ReplicatedOperator,
  ReplicatedOrganization,
} from '../change.ts';
import type { KeyPage, PageProfile } from '../snapshot/key-page.ts';
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
  putKeyPage(page: KeyPage): void {
    const organizations = page.organizations.map((id) => this.organizations.intern(id));
    const profiles = page.profiles.map((profile) => this.#internProfile(profile));
    for (const { id, name, secrets, ...fields } of page.keys) {
      const { number, revoked, disabled, expiresAtMs } = fields;
      const organization = organizations[fields.organization] ?? 0;
      const profile = profiles[fields.profile] ?? 0;
      const allowedCidrs = page.addressLists[fields.addresses] ?? [];
      const known = secrets[0] === undefined ? 0 : this.secrets.findBytes(secrets[0].digest);
      const key = this.secrets.read(known).key || this.keys.allocate();
      this.keys.setBytes(key, { id, name, allowedCidrs });
      let previous = 0;
      for (const { digest, generation, notAfterMs } of secrets) {
        const secret = this.secrets.internBytes(digest, key);
        this.#putSecret(
          { key, secret, previous, generation },
          { number, organization, profile, revoked, disabled, expiresAtMs, notAfterMs },
        );
        previous = secret;
      }
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
