import type { ClientAddress } from '@keyhold/core';
import type { VerifyQuestion } from './verification.ts';

/** Works out where a request came from, for the few that anybody asks about; null: not said. */
export type AskedFrom = () => ClientAddress | null;

/** Longer than any operation that a keyspace lists. */
const MOST_CHARACTERS = 200;

/** `METHOD /path`, without a query; null: it was not said. */
export function toOperationText({ operation }: Pick<VerifyQuestion, 'operation'>): string | null {
  return operation === null ? null : `${operation.method} ${operation.path}`.slice(0, MOST_CHARACTERS);
}
