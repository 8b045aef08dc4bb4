import type { KeyId, Keyspace } from '@keyhold/core';
import type { ReplicaTable } from './table/replica-table.ts';
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
    return this.#table.keys.id(this.#table.secrets.key(this.#secret));
  }

  get number(): number {
    return this.#table.secrets.number(this.#secret);
  }

  get keyspace(): Keyspace {
    // Only keys of a configured keyspace come with a verdict.
    return this.#table.profile(this.#secret).keyspace.keyspace!;
  }

  get organization(): string {
    return this.#table.organizations.id(this.#table.secrets.organization(this.#secret));
  }

  get environment(): string | null {
    return this.#table.profile(this.#secret).environment;
  }

  get scopes(): readonly string[] {
    return this.#table.profile(this.#secret).scopes;
  }

  get name(): string {
    return this.#table.keys.name(this.#table.secrets.key(this.#secret));
  }

  get expiresAtMs(): number | null {
    const expiresAtMs = this.#table.secrets.expiresAtMs(this.#secret);
    return expiresAtMs === Number.POSITIVE_INFINITY ? null : expiresAtMs;
  }

  get generation(): number {
    return this.#table.secrets.generation(this.#secret);
  }

  get operator(): VerifiedKey['operator'] {
    return this.#table.operator(this.id);
  }
}
