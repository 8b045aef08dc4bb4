import { Link } from '@tanstack/react-router';
import { useRead } from '../api/use-read.ts';
import { toActionText } from '../audit/action-names.ts';
import { Actor } from '../audit/actor.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Moment } from '../ui/moment.tsx';
import { Panel } from '../ui/panel.tsx';

const EVENTS = 20;

/** What was done to a key, by whom and from where, newest first. */
export function TimelinePanel({ id }: { readonly id: string }) {
  const query = { subject: id, limit: EVENTS };
  const events = useRead('GET /v1/audit-events', { query }, { refetchInterval: 10_000 });
  return (
    <Panel
      title="Timeline"
      actions={
        <Link
          to="/audit"
          search={{ subject: id }}
          className="text-sm text-accent underline underline-offset-3"
        >
          In the audit log
        </Link>
      }
    >
      <Loaded query={events}>
        {({ data }) => (
          <ol className="mt-4 ml-1.5 border-l border-line">
            {data.map((event) => (
              <li key={event.id} className="relative pb-5 pl-5 text-sm last:pb-0">
                <span
                  aria-hidden="true"
                  className="absolute top-1.5 -left-[4.5px] size-2 rounded-full bg-strong ring-4 ring-paper"
                />
                <p>
                  <span className="font-medium">{toActionText(event.action)}</span>
                  <span className="text-soft">
                    {' '}
                    · <Moment at={event.at} />
                  </span>
                </p>
                <p className="mt-0.5 text-[0.8125rem] wrap-anywhere text-soft">
                  <Actor actor={event.actor} />
                  {event.source_address !== null && `, from ${event.source_address}`}
                </p>
                <Details details={event.details} />
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Panel>
  );
}

function Details({ details }: { readonly details: Readonly<Record<string, unknown>> }) {
  const said = Object.entries(details).flatMap(([name, value]) => {
    const text = toDetailText(value);
    return text === '' ? [] : [`${name}: ${text}`];
  });
  if (said.length === 0) return null;
  return <p className="mt-1 text-[0.8125rem] wrap-anywhere">{said.join(' · ')}</p>;
}

/** As people write it; what is nothing is not said. */
function toDetailText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(toDetailText).join(', ');
  if (isChange(value)) return `${toDetailText(value.from) || 'none'} → ${toDetailText(value.to) || 'none'}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isChange(value: unknown): value is { readonly from: unknown; readonly to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value;
}
