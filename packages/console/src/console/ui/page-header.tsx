import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Icon } from '../../ui/icons.tsx';

/** The head of a view: what it is, what it is for, and what can be done. Names the window too. */
export function PageHeader({
  title,
  lead,
  back,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The list that the view is one thing of. */
  readonly back?: { readonly to: '/keys' | '/organizations'; readonly label: string };
  /** Buttons. */
  readonly children?: ReactNode;
}) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
      <title>{`${title} · Keyhold`}</title>
      <div className="min-w-0 max-w-2xl">
        {back !== undefined && (
          <Link
            to={back.to}
            className="mb-2 -ml-1.5 inline-flex items-center gap-1.5 rounded-md px-1.5 py-0.5 text-sm text-soft hover:bg-panel hover:text-ink"
          >
            <Icon name="arrow" className="size-3.5" />
            {back.label}
          </Link>
        )}
        <h1 className="text-2xl leading-tight font-semibold tracking-tight wrap-anywhere">{title}</h1>
        {lead !== undefined && <p className="mt-1.5 text-soft text-pretty">{lead}</p>}
      </div>
      {children !== undefined && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}
