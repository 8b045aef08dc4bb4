import type { KeysPageIssuedKey, KeysPageKey } from '@keyhold/api/keys-page';
import { useCallback, useRef, useState } from 'react';
import type { Task } from '../keys/keys-screen.tsx';
import { createOneTimeSecret, type OneTimeSecret } from '../keys/one-time-secret.ts';
import { useRefreshKeys } from '../keys/queries.ts';
import { useClient, useSession, useSurroundings } from '../keys/surroundings.tsx';
import type { StringId } from '../strings.ts';
import { DisableDialog } from './disable-dialog.tsx';
import { Enabling } from './enabling.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';
import { RecycleDialog } from './recycle-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { Reveal } from './reveal.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

/** A key that is shown once, and what is said beside it. */
interface Shown {
  readonly secret: OneTimeSecret;
  readonly row: KeysPageKey;
  readonly title: string;
  readonly note: string | null;
}

export interface DialogsProps {
  readonly task: Task;
  readonly nowMs: number;
  /** Says what was done, once the dialog is closed. */
  readonly onTold: (text: string) => void;
  readonly onClose: () => void;
}

/** The dialog of a task, and after it, where one came into being, the key. */
export function Dialogs({ task, nowMs, onTold, onClose }: DialogsProps) {
  const { say, time } = useSurroundings();
  const client = useClient();
  const session = useSession();
  const refresh = useRefreshKeys();
  const [shown, setShown] = useState<Shown | null>(null);
  const isFollowed = useRef(false);

  const finish = useCallback(() => {
    shown?.secret.forget();
    setShown(null);
    onClose();
    void refresh();
  }, [shown, onClose, refresh]);

  function show({ secret, key }: KeysPageIssuedKey, title: string, note: string | null) {
    isFollowed.current = true;
    setShown({ secret: createOneTimeSecret(secret ?? ''), row: key, title, note });
  }
  async function change(act: Promise<KeysPageKey>, told: StringId) {
    const { name } = await act;
    onClose();
    onTold(say(told, { name }));
    await refresh();
  }

  if (shown !== null) {
    const { title, note, row, secret } = shown;
    return (
      <Reveal
        title={title}
        note={note}
        paste={{ example: session.example, maskedKey: row.masked_key }}
        secret={secret}
        onClose={finish}
      />
    );
  }
  if (task.action === 'create') {
    const issue = async (request: Parameters<typeof client.issue>[0]) =>
      show(await client.issue(request), say('revealTitle'), null);
    return (
      <NewKeyDialog rules={session} nowMs={nowMs} isFollowed={isFollowed} onIssue={issue} onClose={onClose} />
    );
  }
  const { row } = task;
  const { number } = row;
  switch (task.action) {
    case 'recycle': {
      const recycle = async (graceSeconds: number) => {
        const issued = await client.recycle(number, graceSeconds === 0 ? undefined : `${graceSeconds}s`);
        const { grace_until: until } = issued.key;
        const note = until === null ? say('revealNoGrace') : say('revealGrace', { when: time.exact(until) });
        show(issued, say('revealRecycledTitle'), note);
      };
      return (
        <RecycleDialog
          row={row}
          maxGraceSeconds={session.max_grace_seconds}
          nowMs={nowMs}
          isFollowed={isFollowed}
          onRecycle={recycle}
          onClose={onClose}
        />
      );
    }
    case 'revoke':
      return (
        <RevokeDialog
          row={row}
          nowMs={nowMs}
          onRevoke={() => change(client.revoke(number), 'revoked')}
          onClose={onClose}
        />
      );
    case 'disable':
      return (
        <DisableDialog
          row={row}
          onDisable={() => change(client.disable(number), 'disabled')}
          onClose={onClose}
        />
      );
    case 'enable':
      return (
        <Enabling
          title={say('enable')}
          onEnable={() => change(client.enable(number), 'enabled')}
          onClose={onClose}
        />
      );
    case 'rename':
      return (
        <RenameDialog
          row={row}
          onRename={(name) => change(client.rename(number, name), 'renamed')}
          onClose={onClose}
        />
      );
  }
}
