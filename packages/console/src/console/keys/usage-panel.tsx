import { useState } from 'react';
import { Choices } from '../../ui/field.tsx';
import { useRead } from '../api/use-read.ts';
import { Loaded } from '../ui/loaded.tsx';
import { Panel } from '../ui/panel.tsx';
import { rangeStartMs, toBuckets } from './usage-buckets.ts';
import { UsageChart } from './usage-chart.tsx';

const RANGES = {
  day: { label: '24 hours', hours: 24, hoursInBucket: 1 },
  week: { label: '7 days', hours: 7 * 24, hoursInBucket: 6 },
  month: { label: '30 days', hours: 30 * 24, hoursInBucket: 24 },
} as const;
type RangeName = keyof typeof RANGES;

/** A key's calls by hour and outcome. */
export function UsagePanel({ id }: { readonly id: string }) {
  const [name, setName] = useState<RangeName>('day');
  const range = RANGES[name];
  const nowMs = Date.now();
  // Of the hour, so that the question stays the same while it lasts.
  const from = new Date(rangeStartMs(range.hours, nowMs)).toISOString().replace('.000', '');
  const usage = useRead(
    'GET /v1/keys/{id}/usage',
    { params: { id }, query: { from } },
    { refetchInterval: 5_000 },
  );
  return (
    <Panel
      title="Usage"
      actions={
        <Choices
          legend="Range"
          isLegendHidden
          options={(['day', 'week', 'month'] as const).map((value) => ({
            value,
            label: RANGES[value].label,
          }))}
          value={name}
          onChange={setName}
        />
      }
    >
      <Loaded query={usage}>
        {({ data }) => (
          <UsageChart buckets={toBuckets(data, range, nowMs)} isByDay={range.hoursInBucket === 24} />
        )}
      </Loaded>
    </Panel>
  );
}
