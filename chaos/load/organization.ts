import { OPERATIONS, type Scope } from '../cluster/keyspace.ts';
import type { Change } from '../history/history.ts';

export const SCOPES = Object.keys(OPERATIONS) as readonly Scope[];

/** One secret of a key, with a subject for each scope. */
export interface Secret {
  readonly presentedKey: string;
  readonly subjects: Readonly<Record<Scope, number>>;
}

/** A key as its only writer knows it. */
export interface Key {
  readonly id: string;
  secret: Secret;
  scopes: readonly Scope[];
  isDisabled: boolean;
  /** Revoked, or given an expiry: never open again. */
  isOver: boolean;
  /** A change of it that was not answered may still take hold at any time, so it can only be revoked. */
  isUncertain: boolean;
}

/** An organization and its keys, as their only writer knows them. */
export class Organization {
  readonly id: string;
  /** Those that are not over. */
  readonly keys = new Set<Key>();
  isSuspended = false;

  constructor(id: string) {
    this.id = id;
  }

  /** Subject → what it is now, or may become; those of former secrets are not among them. */
  states(): ReadonlyMap<number, Change['to']> {
    const states = new Map<number, Change['to']>();
    for (const key of this.keys) {
      for (const scope of SCOPES) {
        states.set(key.secret.subjects[scope], this.#mayBeOpen(key, scope) ? 'open' : 'closed');
      }
    }
    return states;
  }

  #mayBeOpen({ isOver, isUncertain, isDisabled, scopes }: Key, scope: Scope): boolean {
    if (isOver) return false;
    return isUncertain || (!this.isSuspended && !isDisabled && scopes.includes(scope));
  }
}
