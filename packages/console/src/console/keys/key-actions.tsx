import type { KeyBody } from '@keyhold/api';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { useMay } from '../session/console-session.ts';

export type KeyTask = 'edit' | 'recycle' | 'disable' | 'enable' | 'revoke';

const KeyDialog = lazy(async () => ({ default: (await import('./key-dialog.tsx')).KeyDialog }));

/** One thing at a time is done with a key, in a dialog. */
export function useKeyTask(row: KeyBody): {
  readonly dialog: ReactNode;
  readonly start: (task: KeyTask) => void;
} {
  const [task, start] = useState<KeyTask | null>(null);
  const dialog =
    task === null ? null : (
      <Suspense fallback={null}>
        <KeyDialog row={row} task={task} onClose={() => start(null)} />
      </Suspense>
    );
  return { dialog, start };
}

/** What can be done with a key as it is now; for whoever may. */
export function KeyActions(props: { readonly row: KeyBody; readonly onAction: (task: KeyTask) => void }) {
  const { row, onAction } = props;
  const mayWrite = useMay('keys:write');
  if (!mayWrite || row.state === 'revoked') return null;
  return (
    <>
      <Button onClick={() => onAction('edit')}>Edit…</Button>
      {row.state !== 'expired' && <Button onClick={() => onAction('recycle')}>Recycle…</Button>}
      {row.state === 'active' && <Button onClick={() => onAction('disable')}>Disable…</Button>}
      {row.state === 'disabled' && <Button onClick={() => onAction('enable')}>Enable</Button>}
      <Button kind="danger" onClick={() => onAction('revoke')}>
        Revoke…
      </Button>
    </>
  );
}
