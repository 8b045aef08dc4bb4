import type { RefusalCount } from './activity-records.ts';
import { toCount } from './sql/counts.ts';

/** One for each key and reason, with the words of the last of them. */
export function addUpRefusals(refusals: readonly RefusalCount[]): readonly RefusalCount[] {
  const rows = new Map<string, RefusalCount>();
  for (const refusal of refusals.toSorted((a, b) => a.lastAtMs - b.lastAtMs)) {
    const row = `${refusal.keyId} ${refusal.reason}`;
    rows.set(row, { ...refusal, count: toCount(refusal.count + (rows.get(row)?.count ?? 0)) });
  }
  return [...rows.values()];
}
