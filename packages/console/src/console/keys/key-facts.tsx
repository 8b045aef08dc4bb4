import type { KeyBody } from '@keyhold/api';
import { Link } from '@tanstack/react-router';
import { Label } from '../ui/badge.tsx';
import { Day, Moment } from '../ui/moment.tsx';
import { Facts, Panel } from '../ui/panel.tsx';

/** What a key is. What it does not have is not said. */
export function KeyFacts({ row }: { readonly row: KeyBody }) {
  const recycled = row.generation - 1;
  return (
    <Panel title="Facts">
      <Facts
        facts={{
          Organization: (
            <Link
              to="/organizations/$id"
              params={{ id: row.organization }}
              className="text-accent underline underline-offset-3"
            >
              {row.organization}
            </Link>
          ),
          Keyspace: row.keyspace,
          Environment: row.environment === null ? null : <Label>{row.environment}</Label>,
          Scopes: row.scopes.length === 0 ? null : <Labels names={row.scopes} />,
          Created: <Day at={row.created_at} />,
          'Created by': row.created_by,
          Expires: <Day at={row.expires_at} />,
          'Last used': <Moment at={row.last_used_at} never="Never used" />,
          Disabled: row.disabled_at === null ? null : <Moment at={row.disabled_at} />,
          Revoked: row.revoked_at === null ? null : <Moment at={row.revoked_at} />,
          'Old secret stops': row.grace_until === null ? null : <Moment at={row.grace_until} />,
          Networks: row.allowed_cidrs.length === 0 ? 'From anywhere' : <Labels names={row.allowed_cidrs} />,
          Recycled: recycled === 0 ? 'Never' : recycled === 1 ? 'Once' : `${recycled} times`,
          Number: `#${row.number}`,
          Id: <Code text={row.id} />,
          Metadata:
            Object.keys(row.metadata).length === 0 ? null : <Code text={JSON.stringify(row.metadata)} />,
        }}
      />
    </Panel>
  );
}

function Code({ text }: { readonly text: string }) {
  return <code className="font-mono text-[0.8125rem]">{text}</code>;
}

function Labels({ names }: { readonly names: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {names.map((name) => (
        <Label key={name}>{name}</Label>
      ))}
    </span>
  );
}
