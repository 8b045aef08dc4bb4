import type { OrganizationBody } from '@keyhold/api';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Notice } from '../../keys/states.tsx';
import { Button } from '../../ui/button.tsx';
import { useRead } from '../api/use-read.ts';
import { AuditTable } from '../audit/audit-table.tsx';
import { KEY_COLUMNS } from '../keys/key-columns.tsx';
import { useMay } from '../session/console-session.ts';
import { Badge } from '../ui/badge.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { LabelList } from '../ui/label-list.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Day } from '../ui/moment.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Facts, Panel } from '../ui/panel.tsx';

const Dialogs = lazy(async () => ({
  default: (await import('./organization-dialogs.tsx')).OrganizationDialogs,
}));

/** What is being done to an organization. */
export type OrganizationTask = 'edit' | 'suspend' | 'resume' | 'revoke';

const route = getRouteApi('/shell/organizations/$id');
const ROWS = 10;

/** One customer: what it may have, its keys, and what happened to it. */
export function OrganizationRoute() {
  const { id } = route.useParams();
  const organization = useRead('GET /v1/organizations/{id}', { params: { id } });
  return (
    <Loaded query={organization} missing="There is no such organization">
      {(body) => <Organization organization={body} />}
    </Loaded>
  );
}

function Organization({ organization }: { readonly organization: OrganizationBody }) {
  const { id, name, suspended, features, tags, created_at } = organization;
  const mayChange = useMay('organizations:write');
  const mayRevoke = useMay('keys:write');
  const mayAudit = useMay('audit:read');
  const [task, setTask] = useState<OrganizationTask | null>(null);
  return (
    <>
      <PageHeader
        title={name}
        back={{ to: '/organizations', label: 'Organizations' }}
        {...(suspended && { lead: 'Suspended: every key of it is denied, in every keyspace.' })}
      >
        {mayChange && <Button onClick={() => setTask('edit')}>Edit</Button>}
        {mayChange && (
          <Button onClick={() => setTask(suspended ? 'resume' : 'suspend')}>
            {suspended ? 'Resume…' : 'Suspend…'}
          </Button>
        )}
        {mayRevoke && (
          <Button className="text-danger!" onClick={() => setTask('revoke')}>
            Revoke all keys…
          </Button>
        )}
      </PageHeader>
      <Panel title="Facts">
        <Facts
          facts={{
            Id: <code className="font-mono text-[0.8125rem]">{id}</code>,
            State: suspended ? (
              <Badge tone="danger">Suspended</Badge>
            ) : (
              <Badge tone="good">In good standing</Badge>
            ),
            Created: <Day at={created_at} />,
            Features: <LabelList labels={features} />,
            Tags: <LabelList labels={tags} />,
          }}
        />
      </Panel>
      <Keys organization={id} />
      {mayAudit && <Events organization={id} />}
      {task !== null && (
        <Suspense fallback={null}>
          <Dialogs task={task} organization={organization} onClose={() => setTask(null)} />
        </Suspense>
      )}
    </>
  );
}

function Keys({ organization }: { readonly organization: string }) {
  const keys = useRead('GET /v1/keys', { query: { organization, limit: ROWS } });
  return (
    <Panel
      title="Keys"
      actions={
        <Link
          to="/keys"
          search={{ organization }}
          className="text-sm text-accent underline underline-offset-3"
        >
          All its keys
        </Link>
      }
    >
      <Loaded query={keys}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="mt-3 text-sm text-soft">It has no keys.</p>
          ) : (
            <DataTable
              caption="Its newest keys"
              columns={KEY_COLUMNS.filter(({ title }) => title !== 'Organization')}
              rows={data}
              keyOf={({ id }) => id}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

function Events({ organization }: { readonly organization: string }) {
  const events = useRead('GET /v1/audit-events', { query: { organization, limit: ROWS } });
  return (
    <Panel
      title="What happened"
      actions={
        <Link
          to="/audit"
          search={{ organization }}
          className="text-sm text-accent underline underline-offset-3"
        >
          All events
        </Link>
      }
    >
      <Loaded query={events}>
        {({ data }) =>
          data.length === 0 ? (
            <Notice title="Nothing yet" text="What is done to this organization or its keys stands here." />
          ) : (
            <AuditTable events={data} />
          )
        }
      </Loaded>
    </Panel>
  );
}
