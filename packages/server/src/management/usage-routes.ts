import { type Clock, formatInstant } from '@keyhold/core';
import type { Store, UsageRecord } from '@keyhold/store';
import type { Routes } from './call.ts';
import { readRange, requireNoFields } from './time-range.ts';
import { readVisibleKey } from './visible-key.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_RANGE_MS = 24 * HOUR_MS;
/** 744 rows of three numbers: one page is always enough. */
const MAX_RANGE_MS = 31 * 24 * HOUR_MS;

export function createUsageRoutes({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): Routes<'getKeyUsage' | 'getKeyActivity'> {
  return {
    getKeyActivity: {
      async handle({ operator, params }) {
        const { id } = await readVisibleKey(store, operator, params.id);
        const { lastUsed, refusals } = await store.getKeyActivity(id);
        return {
          status: 200,
          body: {
            key_id: id,
            last_used:
              lastUsed === null ? null : { at: formatInstant(lastUsed.atMs), address: lastUsed.address },
            refusals: refusals.map(({ reason, count, lastAtMs, address, operation }) => ({
              reason,
              count,
              last_at: formatInstant(lastAtMs),
              address,
              operation,
            })),
          },
        };
      },
    },

    getKeyUsage: {
      async handle({ operator, params, query }) {
        const { fromMs, toMs } = readHours(query, clock.nowMs());
        const record = await readVisibleKey(store, operator, params.id);
        const rows = await store.getKeyUsage(record.id, { fromMs, toMs });
        return {
          status: 200,
          body: {
            key_id: record.id,
            from: formatInstant(fromMs),
            to: formatInstant(toMs),
            data: toHours(rows),
          },
        };
      },
    },
  };
}

/** From the start of the hour that holds `from` up to `to`. @throws {KeyholdError} `invalid_request`. */
function readHours(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
) {
  const { toMs = nowMs, fromMs = toMs - DEFAULT_RANGE_MS } = readRange(query);
  const isGood = fromMs < toMs && toMs - fromMs <= MAX_RANGE_MS;
  requireNoFields(isGood ? [] : [{ pointer: '?from', message: 'must be before "to", by 31 days at most' }]);
  return { fromMs: fromMs - (fromMs % HOUR_MS), toMs };
}

function toHours(rows: readonly UsageRecord[]) {
  return [...Map.groupBy(rows, (row) => row.hourMs)].map(([hourMs, ofHour]) => {
    const hour = { hour: formatInstant(hourMs), accepted: 0, denied: 0, insufficient_scope: 0 };
    for (const { outcome, count } of ofHour) hour[outcome] += count;
    return hour;
  });
}
