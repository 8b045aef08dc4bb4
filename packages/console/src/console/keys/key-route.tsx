import type { KeyBody } from '@keyhold/api';
import { getRouteApi } from '@tanstack/react-router';
import { KeyBadges } from '../../keys/badges.tsx';
import { useRead } from '../api/use-read.ts';
import { useMay } from '../session/console-session.ts';
import { Loaded } from '../ui/loaded.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { ActivityPanel } from './activity-panel.tsx';
import { ClaimLinksPanel } from './claim-links-panel.tsx';
import { KeyActions, useKeyTask } from './key-actions.tsx';
import { KeyFacts } from './key-facts.tsx';
import { TimelinePanel } from './timeline-panel.tsx';
import { UsagePanel } from './usage-panel.tsx';

const route = getRouteApi('/shell/keys/$id');

/** Everything that is known of one key. */
export function KeyRoute() {
  const { id } = route.useParams();
  const key = useRead('GET /v1/keys/{id}', { params: { id } }, { refetchInterval: 15_000 });
  return (
    <Loaded query={key} missing="There is no such key">
      {(row) => <KeyView row={row} />}
    </Loaded>
  );
}

function KeyView({ row }: { readonly row: KeyBody }) {
  const mayReadAudit = useMay('audit:read');
  const { dialog, start } = useKeyTask(row);
  return (
    <>
      <PageHeader
        title={row.name}
        lead={
          <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <code className="font-mono text-sm">{row.masked_key}</code>
            <KeyBadges row={row} nowMs={Date.now()} />
          </span>
        }
        back={{ to: '/keys', label: 'Keys' }}
      >
        <KeyActions row={row} onAction={start} />
      </PageHeader>
      <KeyFacts row={row} />
      <ClaimLinksPanel row={row} onAction={start} />
      <UsagePanel id={row.id} />
      <ActivityPanel id={row.id} />
      {mayReadAudit && <TimelinePanel id={row.id} />}
      {dialog}
    </>
  );
}
