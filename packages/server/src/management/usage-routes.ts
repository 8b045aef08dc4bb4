import { type Clock, type FieldError, formatInstant, KeyholdError, parseInstantMs } from '@keyhold/core';
import type { Store, UsageRecord } from '@keyhold/store';
import type { Routes } from './call.ts';
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
}): Routes<'getKeyUsage'> {
  return {
    getKeyUsage: {
      async handle({ operator, params, query }) {
        const { fromMs, toMs } = readRange(query, clock.nowMs());
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
function readRange(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
) {
  const fields: FieldError[] = [];
  const toMs = readInstant('?to', query.to, nowMs, fields);
  const fromMs = readInstant('?from', query.from, toMs - DEFAULT_RANGE_MS, fields);
  if (fields.length === 0 && !(fromMs < toMs && toMs - fromMs <= MAX_RANGE_MS)) {
    fields.push({ pointer: '?from', message: 'must be before "to", by 31 days at most' });
  }
  if (fields.length > 0) {
    throw new KeyholdError('invalid_request', 'The query has values that cannot be accepted.', { fields });
  }
  return { fromMs: fromMs - (fromMs % HOUR_MS), toMs };
}

function readInstant(
  pointer: string,
  text: string | undefined,
  fallbackMs: number,
  fields: FieldError[],
): number {
  if (text === undefined) return fallbackMs;
  const ms = parseInstantMs(text);
  if (ms === null) fields.push({ pointer, message: 'must be an instant in RFC 3339 with a zone' });
  return ms ?? 0;
}

function toHours(rows: readonly UsageRecord[]) {
  return [...Map.groupBy(rows, (row) => row.hourMs)].map(([hourMs, ofHour]) => {
    const hour = { hour: formatInstant(hourMs), accepted: 0, denied: 0, insufficient_scope: 0 };
    for (const { outcome, count } of ofHour) hour[outcome] += count;
    return hour;
  });
}
