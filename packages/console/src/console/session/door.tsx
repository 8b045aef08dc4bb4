import type { FormEvent, ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { ConsoleIcon } from '../ui/console-icon.tsx';

/** What stands around every view before the log-in. */
export function Door({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className="kh-app grid min-h-dvh content-start justify-items-center bg-panel px-4 pt-[12vh] pb-16">
      <title>{`${title} · Keyhold`}</title>
      <main className="w-full max-w-sm">
        <p className="mb-6 flex items-center justify-center gap-2 text-lg font-semibold tracking-tight">
          <span className="grid size-7 place-items-center rounded-md bg-accent text-on-accent">
            <ConsoleIcon name="keys" />
          </span>
          Keyhold
        </p>
        <div className="rounded-xl border border-line bg-raised p-6 shadow-sm">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {lead !== undefined && <p className="mt-1 text-sm text-soft">{lead}</p>}
          {children}
        </div>
      </main>
    </div>
  );
}

/** A form with its one button and, above it, what went wrong. */
export function DoorForm(props: {
  readonly submit: string;
  readonly isBusy: boolean;
  readonly error: string | null;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}) {
  const { submit, isBusy, error, onSubmit, children } = props;
  function handle(event: FormEvent) {
    event.preventDefault();
    if (!isBusy) onSubmit();
  }
  return (
    <form noValidate onSubmit={handle} className="mt-5 grid gap-4">
      {children}
      {error !== null && (
        <p role="alert" className="rounded-kh border border-danger/40 px-3.5 py-2.5 text-sm text-danger">
          {error}
        </p>
      )}
      <Button type="submit" kind="primary" aria-disabled={isBusy} className="h-10">
        {submit}
      </Button>
    </form>
  );
}
