import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useRead } from '../api/use-read.ts';
import { KEY_SAFETY } from '../keys/key-safety.ts';
import { Loaded } from '../ui/loaded.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { toCountText } from '../ui/row-count.ts';
import { NodesPanel } from './nodes-panel.tsx';

const KEY_STATES = [
  ['active', 'Active'],
  ['disabled', 'Disabled'],
  ['expired', 'Expired'],
  ['revoked', 'Revoked'],
] as const;

/** How much there is of what, what to look at, and who answers. */
export function OverviewRoute() {
  const overview = useRead('GET /v1/overview', {}, { refetchInterval: 30_000 });
  return (
    <>
      <PageHeader title="Overview" lead="What there is, what needs a look, and who answers." />
      <Loaded query={overview}>
        {({ keys, organizations, safety }) => (
          <>
            <Section title="Keys">
              {KEY_STATES.map(([state, label]) => (
                <Tile key={state} label={label} count={toCountText(keys[state])}>
                  <Link to="/keys" search={{ state }} className={TILE_LINK}>
                    Keys that are {label.toLowerCase()}
                  </Link>
                </Tile>
              ))}
            </Section>
            <Section title="Key safety">
              {KEY_SAFETY.map(({ value, label, meaning }) => (
                <Tile key={value} label={label} count={toCountText(safety[value])} note={meaning}>
                  <Link to="/keys" search={{ safety: value }} className={TILE_LINK}>
                    {label}: show the keys
                  </Link>
                </Tile>
              ))}
            </Section>
            <Section title="Organizations">
              <Tile label="All" count={toCountText(organizations.total)}>
                <Link to="/organizations" className={TILE_LINK}>
                  All organizations
                </Link>
              </Tile>
              <Tile
                label="Suspended"
                count={toCountText(organizations.suspended)}
                note="Every key of theirs is denied."
              >
                <Link to="/organizations" search={{ suspended: 'true' }} className={TILE_LINK}>
                  Organizations that are suspended
                </Link>
              </Tile>
            </Section>
          </>
        )}
      </Loaded>
      <NodesPanel />
    </>
  );
}

/** The whole tile leads there; what is read out says where. */
const TILE_LINK = 'absolute inset-0 rounded-xl text-transparent';

function Section(props: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="mt-7">
      <h2 className="text-sm font-semibold">{props.title}</h2>
      <div className="mt-2.5 grid grid-cols-2 gap-3 @3xl:grid-cols-4">{props.children}</div>
    </section>
  );
}

function Tile(props: {
  readonly label: string;
  readonly count: string;
  readonly note?: string;
  readonly children: ReactNode;
}) {
  const { label, count, note, children } = props;
  return (
    <div className="relative rounded-xl border border-line p-4 transition-colors hover:border-strong hover:bg-panel/60">
      <p className="text-[0.8125rem] text-soft">{label}</p>
      <p className="mt-1 text-2xl leading-none font-semibold tracking-tight">{count}</p>
      {note !== undefined && <p className="mt-2 text-[0.8125rem] leading-snug text-soft">{note}</p>}
      {children}
    </div>
  );
}
