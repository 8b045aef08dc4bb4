import type { KeyId, Keyspace } from '@keyhold/core';
import type { ReplicaTable } from './table/replica-table.ts';
import type { SecretView } from './table/secret-table.ts';
import type { VerifiedKey } from './verification.ts';

/** Reads each part from the tables when it is asked for, so that a verdict costs no more than its caller uses. */
export class TableKey implements VerifiedKey {
  readonly #table: ReplicaTable;
  readonly #secret: number;

  constructor(table: ReplicaTable, secret: number) {
    this.#table = table;
    this.#secret = secret;
  }

  get id(): KeyId {
    return this.#table.keys.id(this.#view.key);
  }

  get number(): number {
    return this.#view.number;
  }

  get keyspace(): Keyspace {
    // Only keys of a configured keyspace come with a verdict.
    return this.#table.profiles.get(this.#view.profile).keyspace.keyspace!;
  }

  get organization(): string {
    return this.#table.organizations.id(this.#view.organization);
  }

  get environment(): string | null {
    return this.#table.profiles.get(this.#view.profile).environment;
  }

  get scopes(): readonly string[] {
    return this.#table.profiles.get(this.#view.profile).scopes;
  }

  get name(): string {
    return this.#table.keys.name(this.#view.key);
  }

  get expiresAtMs(): number | null {
    const { expiresAtMs } = this.#view;
    return expiresAtMs === Number.POSITIVE_INFINITY ? null : expiresAtMs;
  }

  get generation(): number {
    return this.#table.secrets.generation(this.#secret);
  }

  get operator(): VerifiedKey['operator'] {
    return this.#table.operator(this.#view.key);
  }

  get #view(): Readonly<SecretView> {
    return this.#table.secrets.read(this.#secret);
  }
}
