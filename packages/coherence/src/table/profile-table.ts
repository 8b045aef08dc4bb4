import type { ScopeWords } from '@keyhold/core';
import type { KeyspaceState } from './keyspace-table.ts';

/** What many keys have in common: keyspace, environment and scopes, compiled against the present configuration. */
export class KeyProfile {
  readonly keyspace: KeyspaceState;
  readonly environment: string | null;
  readonly grantedScopes: readonly string[];
  /** The granted scopes that the configuration still knows. */
  scopes: readonly string[] = [];
  scopeWords: ScopeWords;
  environmentAccepted = false;

  constructor(keyspace: KeyspaceState, environment: string | null, grantedScopes: readonly string[]) {
    this.keyspace = keyspace;
    this.environment = environment;
    this.grantedScopes = grantedScopes;
    this.scopeWords = keyspace.noScopes;
    this.compile();
  }

  compile(): void {
    const { keyspace, operations, noScopes } = this.keyspace;
    this.scopes = Object.freeze(this.grantedScopes.filter((scope) => operations?.scopeNames.includes(scope)));
    this.scopeWords = operations?.toWords(this.scopes) ?? noScopes;
    this.environmentAccepted =
      this.environment === null ||
      (keyspace?.definition.acceptsEnvironments.includes(this.environment) ?? false);
  }
}

/** Every profile in use, each once: a key holds the number of its own. Profile 0 is the dummy key's. */
export class ProfileTable {
  readonly #profiles: KeyProfile[];
  readonly #numbers = new Map<string, number>();

  constructor(dummyKeyspace: KeyspaceState) {
    this.#profiles = [new KeyProfile(dummyKeyspace, null, [])];
  }

  intern(keyspace: KeyspaceState, environment: string | null, scopes: readonly string[]): number {
    const spelling = JSON.stringify([keyspace.id, environment, ...scopes]);
    const known = this.#numbers.get(spelling);
    if (known !== undefined) return known;
    const number = this.#profiles.push(new KeyProfile(keyspace, environment, scopes)) - 1;
    this.#numbers.set(spelling, number);
    return number;
  }

  get(profile: number): KeyProfile {
    return this.#profiles[profile]!;
  }

  /** To be called after every change of configuration. */
  compile(): void {
    for (const profile of this.#profiles) profile.compile();
  }
}
