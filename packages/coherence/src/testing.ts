import { type KeyId, parseClientAddress, type Reason } from '@keyhold/core';
import type { Verdict, VerifiedKey, VerifyQuestion } from './verification.ts';

// For tests of what counts verdicts: as much of each as counting reads.

const ADDRESS = parseClientAddress('203.0.113.7');

/** From 203.0.113.7. */
export function toQuestion(path: string): VerifyQuestion {
  return { keyspace: null, operation: { method: 'GET', path }, scopes: null, address: ADDRESS };
}

/** @param reason null: accepted. */
export function toVerdict(key: VerifiedKey | null, reason: Reason | null): Verdict {
  if (reason !== null) return { accepted: false, reason, key, openingScopes: [] };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what counting reads
  return { accepted: true, key } as Verdict;
}

export function toKey(number: number, keyspace = 'a'): VerifiedKey {
  const id: KeyId = `key_${keyspace}${number}`;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what counting reads
  return { id, number, keyspace: { id: keyspace } } as VerifiedKey;
}
