/**
 * Which scopes open an operation, compiled once from a keyspace's `scopes`.
 *
 * A scope's index is its position in `scopeNames`; a set of scopes is a bitset of 32-bit words, bit `i % 32` of word
 * `i / 32 | 0`.
 */
export interface OperationTable {
  readonly scopeNames: readonly string[];
  /** Words in every bitset of this table. */
  readonly wordCount: number;
  /**
   * The scopes that open `method path`, or null when no scope lists the operation. Whole segments match, a literal
   * segment before a `{parameter}`; HEAD is looked up as GET. `path` is canonical and carries no query.
   */
  match(method: string, path: string): ScopeWords | null;
  /** The bitset of `scopes`; names that the keyspace does not know open nothing. */
  toWords(scopes: readonly string[]): ScopeWords;
}

export type ScopeWords = Uint32Array;
