import { parseOperation } from './operation.ts';
import { createOperationIndex } from './operation-index.ts';

/** Operations without scopes, such as those that need no key. */
export interface OperationSet {
  /** HEAD is looked up as GET. `path` is canonical and carries no query. */
  has(method: string, path: string): boolean;
}

/**
 * Compiles a list of operations, each written as `METHOD /path`.
 *
 * @throws {KeyholdError} `configuration_invalid` for a text that {@link parseOperation} refuses.
 */
export function compileOperationSet(operations: readonly string[]): OperationSet {
  const index = createOperationIndex<true>();
  for (const text of operations) index.findOrAdd(parseOperation(text), () => true);
  return { has: (method, path) => index.find(method, path) === true };
}
