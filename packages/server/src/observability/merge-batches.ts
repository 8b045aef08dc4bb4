import type { KeyId } from '@keyhold/core';
import { addUpRefusals, type UsageBatch } from '@keyhold/store';

/** Keeps what waits from growing with time: one row for each key, hour, outcome and reason, and no verdicts. */
export function mergeBatches(node: string, batches: readonly UsageBatch[]): UsageBatch {
  const usage = new Map<string, UsageBatch['usage'][number]>();
  const lastUsed = new Map<KeyId, UsageBatch['lastUsed'][number]>();
  for (const batch of batches) {
    for (const row of batch.usage) {
      const id = `${row.keyId} ${row.hourMs} ${row.outcome}`;
      usage.set(id, { ...row, count: row.count + (usage.get(id)?.count ?? 0) });
    }
    for (const row of batch.lastUsed) {
      if (row.atMs >= (lastUsed.get(row.keyId)?.atMs ?? 0)) lastUsed.set(row.keyId, row);
    }
  }
  return {
    node,
    usage: [...usage.values()],
    lastUsed: [...lastUsed.values()],
    refusals: addUpRefusals(batches.flatMap(({ refusals = [] }) => refusals)),
  };
}
