import type { KeyBody } from '@keyhold/api';
import { Link } from '@tanstack/react-router';
import { KeyBadges } from '../../keys/badges.tsx';
import { Label } from '../ui/badge.tsx';
import { ABOVE_ROW_LINK, type Column, ROW_LINK } from '../ui/data-table.tsx';
import { Day, Moment } from '../ui/moment.tsx';

/** A key as lists show it; the whole row leads to its page. */
export const KEY_COLUMNS: readonly Column<KeyBody>[] = [
  {
    title: 'Key',
    sort: 'name',
    cell: (key) => (
      <>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link to="/keys/$id" params={{ id: key.id }} className={ROW_LINK}>
            {key.name}
          </Link>
          <KeyBadges row={key} nowMs={Date.now()} />
        </span>
        <span className="mt-0.5 flex flex-wrap gap-x-2 text-[0.8125rem] text-soft">
          <code className="font-mono">{key.masked_key}</code>
          <span>#{key.number}</span>
        </span>
      </>
    ),
  },
  {
    title: 'Organization',
    cell: ({ organization }) => (
      <Link
        to="/organizations/$id"
        params={{ id: organization }}
        className={`${ABOVE_ROW_LINK} underline-offset-3 hover:underline`}
      >
        {organization}
      </Link>
    ),
  },
  {
    title: 'Access',
    cell: ({ keyspace, environment, scopes }) => (
      <>
        <span className="block">
          {keyspace} {environment !== null && <Label>{environment}</Label>}
        </span>
        <span className="block max-w-52 truncate text-[0.8125rem] text-soft empty:hidden">
          {scopes.join(', ')}
        </span>
      </>
    ),
  },
  {
    title: 'Last used',
    sort: 'last_used',
    descendsFirst: true,
    cell: ({ last_used_at }) => <Moment at={last_used_at} never="Never used" />,
  },
  {
    title: 'Created',
    sort: 'created',
    descendsFirst: true,
    cell: ({ created_at }) => <Day at={created_at} />,
  },
  { title: 'Expires', sort: 'expires', cell: ({ expires_at }) => <Day at={expires_at} /> },
];
