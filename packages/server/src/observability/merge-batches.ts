import type { KeyId } from '@keyhold/core';
import type { RefusalCount, UsageBatch } from '@keyhold/store';

/** Keeps what waits from growing with time: one row for each key, hour, outcome and reason, and no verdicts. */
export function mergeBatches(node: string, batches: readonly UsageBatch[]): UsageBatch {
  const usage = new Map<string, UsageBatch['usage'][number]>();
  const lastUsed = new Map<KeyId, UsageBatch['lastUsed'][number]>();
  const refusals = new Map<string, RefusalCount>();
  for (const batch of batches) {
    for (const row of batch.usage) {
      const id = `${row.keyId} ${row.hourMs} ${row.outcome}`;
      usage.set(id, { ...row, count: row.count + (usage.get(id)?.count ?? 0) });
    }
    for (const row of batch.lastUsed) {
      if (row.atMs >= (lastUsed.get(row.keyId)?.atMs ?? 0)) lastUsed.set(row.keyId, row);
    }
    for (const row of batch.refusals ?? []) {
      const id = `${row.keyId} ${row.reason}`;
      const known = refusals.get(id);
      const last = known === undefined || row.lastAtMs >= known.lastAtMs ? row : known;
      refusals.set(id, { ...last, count: row.count + (known?.count ?? 0) });
    }
  }
  return {
    node,
    usage: [...usage.values()],
    lastUsed: [...lastUsed.values()],
    refusals: [...refusals.values()],
  };
}
