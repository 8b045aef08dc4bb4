import { Popover } from '@base-ui/react/popover';
import type { KeysPageKey, KeysPageUsage } from '@keyhold/api/keys-page';
import { useSurroundings } from './surroundings.tsx';

const HEIGHT = 24;
const STEP = 4;
const BAR = 3;

/** Thirty days of one key, refusals apart; the totals are told on hover, focus and press. */
export function UsageBars({
  row,
  usage,
}: {
  readonly row: KeysPageKey;
  readonly usage: KeysPageUsage | undefined;
}) {
  const { say, popups } = useSurroundings();
  const counts = usage?.keys[row.number];
  if (usage === undefined || counts === undefined) return <div className="kh-shimmer h-6 w-[119px]" />;
  const { accepted, refused } = counts;
  const [calls, refusals] = [sum(accepted), sum(refused)];
  if (calls + refusals === 0) return <span className="text-[0.8125rem] text-soft">{say('usageNone')}</span>;
  const most = Math.max(...accepted.map((count, day) => count + (refused[day] ?? 0)));
  return (
    <Popover.Root>
      <Popover.Trigger
        openOnHover
        delay={120}
        aria-label={`${say('usageOf', { name: row.name })}: ${say('usageTotals', { accepted: calls, refused: refusals })}`}
        className="-mx-1 rounded-md px-1 py-0.5 hover:bg-panel"
      >
        <svg aria-hidden="true" width={accepted.length * STEP - 1} height={HEIGHT} className="block">
          {accepted.map((count, day) => {
            const bad = toHeight(refused[day] ?? 0, most);
            const good = toHeight(count, most);
            const isNothing = bad + good === 0;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its day
              <g key={day} transform={`translate(${day * STEP})`}>
                {isNothing && <rect y={HEIGHT - 1} width={BAR} height={1} className="fill-line" />}
                <rect y={HEIGHT - good} width={BAR} height={good} rx={0.5} className="fill-accent" />
                <rect y={HEIGHT - good - bad} width={BAR} height={bad} rx={0.5} className="fill-danger" />
              </g>
            );
          })}
        </svg>
      </Popover.Trigger>
      <Popover.Portal container={popups}>
        <Popover.Positioner sideOffset={6} className="kh-app z-30 bg-transparent!">
          <Popover.Popup
            initialFocus={false}
            className="kh-popup grid gap-1 rounded-kh border border-line bg-raised px-3.5 py-3 text-sm shadow-lg"
          >
            <Popover.Title className="text-[0.8125rem] font-normal text-soft">
              {say('usageRange', { day: usage.last_day })}
            </Popover.Title>
            <Legend color="bg-accent" label={say('usageAccepted')} count={calls} />
            <Legend color="bg-danger" label={say('usageRefused')} count={refusals} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Legend(props: { readonly color: string; readonly label: string; readonly count: number }) {
  return (
    <p className="flex min-w-40 items-center gap-2">
      <span aria-hidden="true" className={`size-2 rounded-full ${props.color}`} />
      <span className="flex-1">{props.label}</span>
      <span className="font-medium">{props.count.toLocaleString()}</span>
    </p>
  );
}

/** Whatever is there can be seen. */
function toHeight(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(2, Math.round((count / most) * (HEIGHT - 1)));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
