import { Link } from '@tanstack/react-router';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { REASON_WORDS } from '../keys/reason-words.ts';
import { Badge } from '../ui/badge.tsx';
import type { Column } from '../ui/data-table.tsx';
import type { SeenVerdict } from './use-verdicts.ts';

export const VERDICT_COLUMNS: readonly Column<SeenVerdict>[] = [
  {
    title: 'Verdict',
    cell: ({ verdict: { outcome, reason } }) => (
      <span className="flex flex-wrap items-center gap-2">
        <Badge tone={outcome === 'accepted' ? 'good' : 'danger'}>
          {outcome === 'accepted' ? 'Accepted' : 'Denied'}
        </Badge>
        {reason !== null && <span className="text-[0.8125rem] text-soft">{REASON_WORDS[reason]}</span>}
      </span>
    ),
  },
  { title: 'At', cell: ({ verdict }) => <Clock at={verdict.at} /> },
  {
    title: 'Operation',
    isWide: true,
    cell: ({ verdict: { operation, face } }) => (
      <>
        {operation !== null && (
          <code className="block font-mono text-[0.8125rem] @3xl:max-w-72">{operation}</code>
        )}
        <span className="text-[0.8125rem] text-soft">{face}</span>
      </>
    ),
  },
  {
    title: 'Key',
    cell: ({ verdict: { key_id: id, keyspace, organization } }) => (
      <>
        {id === null ? (
          <span className="text-soft">Not known</span>
        ) : (
          <Link
            to="/keys/$id"
            params={{ id }}
            className="font-mono text-[0.8125rem] text-accent underline-offset-3 hover:underline"
          >
            {`${id.slice(0, 8)}…${id.slice(-5)}`}
          </Link>
        )}
        <span className="block text-[0.8125rem] text-soft">
          {[keyspace, organization].filter((name) => name !== null).join(' · ')}
        </span>
      </>
    ),
  },
  {
    title: 'From',
    cell: ({ verdict: { address, node } }) => (
      <>
        {address ?? <span className="text-soft">Not said</span>}
        <span className="block text-[0.8125rem] text-soft">at {node}</span>
      </>
    ),
  },
];

function Clock({ at }: { readonly at: string }) {
  const { time } = useSurroundings();
  return (
    <time dateTime={at} title={time.exact(at)}>
      {new Date(at).toLocaleTimeString()}
    </time>
  );
}
