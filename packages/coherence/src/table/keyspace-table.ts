import {
  compileKeyspace,
  type KeyFormat,
  type Keyspace,
  OPERATOR_KEYSPACE_DEFINITION,
  type OperationTable,
  type ScopeWords,
} from '@keyhold/core';
import type { ReplicatedKeyspace } from '../change.ts';
import { SparseNumbers } from './sparse-numbers.ts';

const NO_WORDS: ScopeWords = new Uint32Array(0);

/** What the verdict needs of one keyspace. Lives as long as the table; a change of configuration rewrites it in place. */
export class KeyspaceState {
  readonly id: string;
  /** Per organization, the highest key number that a bulk revocation covers. */
  readonly revokedThrough = new SparseNumbers();
  /** As last configured; null when it never was. */
  keyspace: Keyspace | null = null;
  /** False: the configuration does not have it, so its keys are unknown. */
  configured = false;
  formats: readonly KeyFormat[] = [];
  operations: OperationTable | null = null;
  /** The empty set over `operations`. */
  noScopes: ScopeWords = NO_WORDS;
  requiresFeature: string | null = null;
  retired = false;

  constructor(id: string) {
    this.id = id;
  }

  configure(keyspace: Keyspace): void {
    this.keyspace = keyspace;
    this.configured = true;
    this.formats = keyspace.recognisedFormats;
    this.operations = keyspace.operations;
    this.noScopes = keyspace.operations?.toWords([]) ?? NO_WORDS;
    this.requiresFeature = keyspace.definition.requiresFeature;
    this.retired = keyspace.definition.retired;
  }
}

/** Every keyspace by id: the configured ones, the built-in one of operators, and those that only old keys still name. */
export class KeyspaceTable {
  /** The keyspace of the dummy key, and of questions about one that is not there. */
  readonly none = new KeyspaceState('');
  readonly #states = new Map<string, KeyspaceState>();
  #formats: readonly KeyFormat[] = [];
  #configuration: readonly ReplicatedKeyspace[] = [];

  constructor() {
    this.configure([]);
  }

  /** The formats of every configured keyspace. */
  get formats(): readonly KeyFormat[] {
    return this.#formats;
  }

  /** What the keyspaces were last configured by. */
  get configuration(): readonly ReplicatedKeyspace[] {
    return this.#configuration;
  }

  /** Makes these, and the built-in one, all the keyspaces there are. */
  configure(keyspaces: readonly ReplicatedKeyspace[]): void {
    const compiled = [{ definition: OPERATOR_KEYSPACE_DEFINITION, formerFormats: [] }, ...keyspaces].map(
      ({ definition, formerFormats }) => compileKeyspace(definition, formerFormats),
    );
    for (const state of this.#states.values()) state.configured = false;
    for (const keyspace of compiled) this.intern(keyspace.id).configure(keyspace);
    this.#configuration = keyspaces;
    this.#formats = compiled.flatMap(({ recognisedFormats }) => recognisedFormats);
  }

  /** The state under this id, made when there is none. */
  intern(id: string): KeyspaceState {
    const known = this.#states.get(id);
    if (known !== undefined) return known;
    const state = new KeyspaceState(id);
    this.#states.set(id, state);
    return state;
  }

  /** The configured keyspace with this id. */
  find(id: string): KeyspaceState | undefined {
    const state = this.#states.get(id);
    return state?.configured ? state : undefined;
  }

  /** Every state, configured or not. */
  all(): Iterable<KeyspaceState> {
    return this.#states.values();
  }
}
