import type { KeyspaceBody } from '@keyhold/api';
import { Link } from '@tanstack/react-router';
import { Notice } from '../../keys/states.tsx';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { useRead } from '../api/use-read.ts';
import { Badge, Label } from '../ui/badge.tsx';
import { ConsoleIcon } from '../ui/console-icon.tsx';
import { LabelList } from '../ui/label-list.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Facts } from '../ui/panel.tsx';
import { toCountText } from '../ui/row-count.ts';

/** The families of keys, as the configuration has them. */
export function KeyspacesRoute() {
  const keyspaces = useRead('GET /v1/keyspaces', {});
  return (
    <>
      <PageHeader
        title="Keyspaces"
        lead="The families of keys, as the configuration file of the running servers has them."
      />
      <Loaded query={keyspaces}>
        {({ data }) =>
          data.length === 0 ? (
            <Notice title="No keyspaces" text="The configuration declares none." />
          ) : (
            data.map((keyspace) => <Keyspace key={keyspace.id} keyspace={keyspace} />)
          )
        }
      </Loaded>
    </>
  );
}

function Keyspace({ keyspace }: { readonly keyspace: KeyspaceBody }) {
  const { id, title, environments, limits, recycle, requires_feature, gateway, guide_url, keys } = keyspace;
  const { time } = useSurroundings();
  return (
    <section aria-labelledby={`keyspace-${id}`} className="mt-6 rounded-xl border border-line p-5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2
          id={`keyspace-${id}`}
          className="flex flex-wrap items-center gap-2 text-base font-semibold tracking-tight"
        >
          {title ?? id}
          {title !== null && title !== id && <Label>{id}</Label>}
          {keyspace.retired && <Badge tone="danger">Retired</Badge>}
        </h2>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          {guide_url !== null && (
            <a
              href={guide_url}
              target="_blank"
              rel="noreferrer"
              className="inline-flex items-center gap-1.5 text-sm text-accent underline underline-offset-3"
            >
              Customers’ guide
              <ConsoleIcon name="external" className="size-3.5" />
            </a>
          )}
          <Link
            to="/keys"
            search={{ keyspace: id }}
            className="text-sm text-accent underline underline-offset-3"
          >
            {toCountText(keys.active)} active of {toCountText(keys.total)} keys
          </Link>
        </div>
      </div>
      <Facts
        facts={{
          Format: <code className="font-mono text-[0.8125rem]">{keyspace.format}</code>,
          'In lists': <code className="font-mono text-[0.8125rem]">{keyspace.masked}</code>,
          Environments: environments.length === 0 ? null : <LabelList labels={environments} />,
          'Active keys of an organization':
            limits.active_keys_per_organization === null
              ? 'Any number'
              : `${limits.active_keys_per_organization} at most`,
          'Longest lifetime':
            limits.max_lifetime_seconds === null ? 'For ever' : time.duration(limits.max_lifetime_seconds),
          'After recycling':
            recycle.max_grace_seconds === 0
              ? 'The old secret stops at once'
              : `The old secret works for up to ${time.duration(recycle.max_grace_seconds)}`,
          'Needs the feature': requires_feature && <Label>{requires_feature}</Label>,
          Gateway: gateway && (gateway.url ?? 'On another process'),
        }}
      />
      <Scopes scopes={keyspace.scopes} />
    </section>
  );
}

function Scopes({ scopes }: { readonly scopes: KeyspaceBody['scopes'] }) {
  if (scopes === null) {
    return <p className="mt-4 text-sm text-soft">It has no scopes: a good key opens every path.</p>;
  }
  return (
    <>
      <h3 className="mt-5 text-[0.8125rem] text-soft">Scopes</h3>
      <ul className="mt-1.5 divide-y divide-line rounded-kh border border-line">
        {Object.entries(scopes).map(([name, operations]) => (
          <li key={name} className="px-3.5 py-2">
            <details className="text-sm">
              <summary className="cursor-pointer rounded-sm">
                <span className="font-medium">{name}</span>{' '}
                <span className="text-soft">
                  {operations.length === 1 ? '1 operation' : `${operations.length} operations`}
                </span>
              </summary>
              <ul className="mt-1.5 grid gap-0.5 pl-4 font-mono text-xs text-soft">
                {operations.map((operation) => (
                  <li key={operation} className="wrap-anywhere">
                    {operation}
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}
