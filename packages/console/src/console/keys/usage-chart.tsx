import { useSurroundings } from '../../keys/surroundings.tsx';
import type { UsageBucket } from './usage-buckets.ts';

const OUTCOMES = [
  { name: 'accepted', label: 'Accepted', fill: 'fill-accent', dot: 'bg-accent' },
  { name: 'outOfScope', label: 'Outside its scopes (403)', fill: 'fill-warn', dot: 'bg-warn' },
  { name: 'denied', label: 'Denied (401)', fill: 'fill-danger', dot: 'bg-danger' },
] as const;
const HEIGHT = 120;
const STEP = 24;
const BAR = 18;

/** Bars of calls, refusals on top; the same numbers as a table for whoever wants to read them. */
export function UsageChart({
  buckets,
  isByDay,
}: {
  readonly buckets: readonly UsageBucket[];
  readonly isByDay: boolean;
}) {
  const { time } = useSurroundings();
  const totals = OUTCOMES.map(({ name, label, dot }) => ({
    label,
    dot,
    count: buckets.reduce((sum, bucket) => sum + bucket[name], 0),
  }));
  const most = Math.max(...buckets.map(toTotal));
  const said = totals.map(({ label, count }) => `${label}: ${count}`).join(', ');
  const nameOf = ({ startMs }: UsageBucket) => {
    const instant = new Date(startMs).toISOString();
    return isByDay ? time.date(instant) : time.exact(instant);
  };
  const busy = buckets.filter((bucket) => toTotal(bucket) > 0);
  const [first, last] = [buckets[0], buckets.at(-1)];
  return (
    <>
      <ul className="mt-4 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {totals.map(({ label, dot, count }) => (
          <li key={label} className="flex items-center gap-2">
            <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
            <span className="text-soft">{label}</span>
            <span className="font-medium">{count.toLocaleString()}</span>
          </li>
        ))}
      </ul>
      {busy.length === 0 ? (
        <p className="mt-4 text-sm text-soft">No calls in this time.</p>
      ) : (
        <>
          <div className="mt-4 flex items-start gap-2">
            <svg
              role="img"
              aria-label={`Calls. ${said}`}
              viewBox={`0 0 ${buckets.length * STEP} ${HEIGHT}`}
              preserveAspectRatio="none"
              className="h-30 min-w-0 flex-1 border-b border-line"
            >
              {buckets.map((bucket, index) => (
                <Bar
                  key={bucket.startMs}
                  bucket={bucket}
                  x={index * STEP}
                  most={most}
                  name={nameOf(bucket)}
                />
              ))}
            </svg>
            <span className="w-10 text-xs text-soft" title="The most in one bar">
              {most.toLocaleString()}
            </span>
          </div>
          {first !== undefined && last !== undefined && (
            <p className="mt-1 mr-12 flex justify-between text-xs text-soft">
              <span>{nameOf(first)}</span>
              <span className="max-sm:hidden">{nameOf(last)}</span>
            </p>
          )}
          <details className="mt-3 text-sm">
            <summary className="w-fit cursor-pointer rounded-sm text-soft hover:text-ink">As a table</summary>
            <UsageTable buckets={busy.toReversed()} nameOf={nameOf} />
          </details>
        </>
      )}
    </>
  );
}

function Bar(props: {
  readonly bucket: UsageBucket;
  readonly x: number;
  readonly most: number;
  readonly name: string;
}) {
  const { bucket, x, most, name } = props;
  let top = HEIGHT;
  return (
    <g>
      <title>
        {`${name}: ${OUTCOMES.map(({ name: outcome, label }) => `${label} ${bucket[outcome]}`).join(', ')}`}
      </title>
      {/* What is pointed at is the whole column, however short its bar is. */}
      <rect x={x} width={STEP} height={HEIGHT} className="fill-transparent" />
      {OUTCOMES.map(({ name: outcome, fill }) => {
        const height = toHeight(bucket[outcome], most);
        top -= height;
        return <rect key={outcome} x={x + 3} y={top} width={BAR} height={height} className={fill} />;
      })}
    </g>
  );
}

function UsageTable(props: {
  readonly buckets: readonly UsageBucket[];
  readonly nameOf: (bucket: UsageBucket) => string;
}) {
  const { buckets, nameOf } = props;
  return (
    <table className="mt-2 w-full max-w-2xl border-collapse text-left">
      <caption className="sr-only">Calls by time and outcome</caption>
      <thead className="border-b border-line text-[0.8125rem] text-soft">
        <tr>
          <th scope="col" className="py-1.5 pr-2 align-bottom font-medium">
            From
          </th>
          {OUTCOMES.map(({ name, label }) => (
            <th key={name} scope="col" className="py-1.5 pl-2 text-right align-bottom font-medium">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket) => (
          <tr key={bucket.startMs} className="border-b border-line">
            <th scope="row" className="py-1.5 pr-2 font-normal">
              {nameOf(bucket)}
            </th>
            {OUTCOMES.map(({ name }) => (
              <td key={name} className="py-1.5 pl-2 text-right">
                {bucket[name].toLocaleString()}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toTotal({ accepted, denied, outOfScope }: UsageBucket): number {
  return accepted + denied + outOfScope;
}

/** Whatever is there can be seen. */
function toHeight(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(3, (count / most) * (HEIGHT - 9));
}
