import { Button } from '../../ui/button.tsx';

export type BulkAction = 'revoke' | 'disable' | 'enable';

/** What can be done with the rows that are selected; there while some are. */
export function BulkBar(props: {
  readonly count: number;
  readonly onAction: (action: BulkAction) => void;
  readonly onClear: () => void;
}) {
  const { count, onAction, onClear } = props;
  if (count === 0) return null;
  return (
    <section
      aria-label="Selected keys"
      className="sticky bottom-4 z-10 mx-auto mt-4 flex w-fit max-w-full flex-wrap items-center justify-center gap-2 rounded-xl border border-strong bg-raised px-4 py-2.5 shadow-lg"
    >
      <p role="status" className="text-sm font-medium">
        {count.toLocaleString()} selected
      </p>
      <Button kind="quiet" onClick={onClear}>
        Clear
      </Button>
      <Button onClick={() => onAction('enable')}>Enable…</Button>
      <Button onClick={() => onAction('disable')}>Disable…</Button>
      <Button kind="danger" onClick={() => onAction('revoke')}>
        Revoke…
      </Button>
    </section>
  );
}
