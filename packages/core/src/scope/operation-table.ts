import { KeyholdError } from '../errors.ts';
import { isScopeName } from '../names.ts';
import { parseOperation } from './operation.ts';
import { createOperationIndex } from './operation-index.ts';

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
   *
   * The answer is shared between calls: do not write to it.
   */
  match(method: string, path: string): ScopeWords | null;
  /** The bitset of `scopes`; names that the keyspace does not know open nothing. */
  toWords(scopes: readonly string[]): ScopeWords;
}

/** A set of scopes over one {@link OperationTable}. */
export type ScopeWords = Uint32Array;

/**
 * Compiles scope name → operations. Where two patterns fit a path, only the scopes of the more specific one open it.
 *
 * @throws {KeyholdError} `configuration_invalid` for a scope's name or an operation that cannot be read, or no scope.
 */
export function compileOperationTable(scopes: {
  readonly [scope: string]: readonly string[];
}): OperationTable {
  const scopeNames = Object.keys(scopes);
  if (scopeNames.length === 0) {
    throw new KeyholdError(
      'configuration_invalid',
      'There is no scope in "scopes"; declare one or leave it out.',
    );
  }
  const wordCount = Math.ceil(scopeNames.length / 32);
  const positions = new Map(scopeNames.map((name, i) => [name, i]));
  const index = createOperationIndex<ScopeWords>();
  for (const [i, [name, operations]] of Object.entries(scopes).entries()) {
    if (!isScopeName(name)) {
      throw new KeyholdError(
        'configuration_invalid',
        `"${name}" cannot name a scope; use up to 64 letters, digits and . _ : / -, beginning with a letter or digit.`,
      );
    }
    for (const text of operations) {
      addScope(
        index.findOrAdd(parseOperation(text), () => new Uint32Array(wordCount)),
        i,
      );
    }
  }
  return {
    scopeNames,
    wordCount,
    match: (method, path) => index.find(method, path) ?? null,
    toWords(names) {
      const words = new Uint32Array(wordCount);
      for (const name of names) {
        const position = positions.get(name);
        if (position !== undefined) addScope(words, position);
      }
      return words;
    },
  };
}

function addScope(words: ScopeWords, position: number): void {
  words[position >>> 5]! |= 1 << (position & 31);
}
