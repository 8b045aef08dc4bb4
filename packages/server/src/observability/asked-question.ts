import type { VerifyQuestion } from '@keyhold/coherence';
import type { ClientAddress } from '@keyhold/core';

/** What is kept of a question after its verdict. */
export type AskedQuestion = Pick<VerifyQuestion, 'keyspace' | 'operation'>;

/** Works out where a request came from, for the few that anybody asks about; null: not said. */
export type AskedFrom = () => ClientAddress | null;

/** Longer than any operation that a keyspace lists. */
const MOST_CHARACTERS = 200;

/** `METHOD /path`, without a query; null: it was not said. */
export function toOperationText({ operation }: AskedQuestion): string | null {
  return operation === null ? null : `${operation.method} ${operation.path}`.slice(0, MOST_CHARACTERS);
}
