import type { KeyBody } from '@keyhold/api';
import { Link } from '@tanstack/react-router';
import { Actor } from '../audit/actor.tsx';
import { toCreator } from '../audit/parties.ts';
import { Label } from '../ui/badge.tsx';
import { LabelList } from '../ui/label-list.tsx';
import { Day, Moment } from '../ui/moment.tsx';
import { Facts, Panel } from '../ui/panel.tsx';

export function KeyFacts({ row }: { readonly row: KeyBody }) {
  const { id, organization, environment, scopes, allowed_cidrs, generation, metadata } = row;
  return (
    <Panel title="Facts">
      <Facts
        facts={{
          Organization: (
            <Link
              to="/organizations/$id"
              params={{ id: organization }}
              className="text-accent underline underline-offset-3"
            >
              {organization}
            </Link>
          ),
          Keyspace: row.keyspace,
          Environment: environment && <Label>{environment}</Label>,
          Scopes: scopes.length === 0 ? null : <LabelList labels={scopes} />,
          Created: <Day at={row.created_at} />,
          'Created by': <Actor actor={toCreator(row)} />,
          Expires: <Day at={row.expires_at} />,
          'Last used': <Moment at={row.last_used_at} never="Never used" />,
          Disabled: row.disabled_at && <Moment at={row.disabled_at} />,
          Revoked: row.revoked_at && <Moment at={row.revoked_at} />,
          'Old secret stops': row.grace_until && <Moment at={row.grace_until} />,
          Networks: allowed_cidrs.length === 0 ? 'From anywhere' : <LabelList labels={allowed_cidrs} />,
          Secret: generation === 1 ? 'The first' : `Number ${generation}: recycled ${generation - 1}×`,
          Number: `#${row.number}`,
          Id: <code className="font-mono text-[0.8125rem]">{id}</code>,
          Metadata:
            Object.keys(metadata).length === 0 ? null : (
              <code className="font-mono text-[0.8125rem]">{JSON.stringify(metadata)}</code>
            ),
        }}
      />
    </Panel>
  );
}
