import type { BulkChangedKeysBody } from '@keyhold/api';
import { useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { useTell } from '../shell/told.tsx';
import type { BulkAction } from './bulk-bar.tsx';

const WORDS = {
  revoke: {
    verb: 'Revoke',
    busy: 'Revoking…',
    done: 'revoked',
    text: 'They stop working at once, everywhere, requests under way included. This cannot be undone.',
  },
  disable: {
    verb: 'Disable',
    busy: 'Disabling…',
    done: 'disabled',
    text: 'They stop working at once, requests under way included, until they are enabled again.',
  },
  enable: {
    verb: 'Enable',
    busy: 'Enabling…',
    done: 'enabled',
    text: 'They open again what they opened before.',
  },
} as const;

/** Asks for the count in words before many keys are changed, and tells what became of them. */
export function BulkDialog(props: {
  readonly action: BulkAction;
  readonly ids: readonly string[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const { action, onDone, onClose } = props;
  // The selection is gone once they are changed; the dialog still speaks of it.
  const [ids] = useState(props.ids);
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  const attempt = useAttempt();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState<BulkChangedKeysBody | null>(null);
  const { verb, busy, done, text } = WORDS[action];
  const phrase = `${action} ${toKeys(ids.length)}`;

  async function change() {
    const changed = await client.call('POST /v1/keys/bulk', {
      body: {
        action,
        ids: [...ids],
        expected_count: ids.length,
        ...(reason.trim() !== '' && { reason: reason.trim() }),
      },
    });
    onDone();
    await refresh('GET /v1/keys', 'GET /v1/overview');
    if (changed.outcomes.some(({ status }) => status === 'refused')) return setRefused(changed);
    const unchanged = changed.outcomes.length - changed.done;
    tell(`${toKeys(changed.done)} ${done}${unchanged === 0 ? '' : `, ${unchanged} had been before`}.`);
    onClose();
  }
  if (refused !== null) return <Refused changed={refused} done={done} onClose={onClose} />;
  return (
    <DialogFrame isAlert title={`${verb} ${toKeys(ids.length)}`} onClose={onClose}>
      <DialogForm
        isDangerous={action !== 'enable'}
        submit={`${verb} ${toKeys(ids.length)}`}
        busyLabel={busy}
        isReady={typed.trim().toLowerCase() === phrase}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(change)}
        onCancel={onClose}
      >
        <p className="-mt-2 text-soft">{text}</p>
        <TextField
          label="Reason"
          help="For the audit log. It may be left out."
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <TextField
          label={`Type “${phrase}” to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </DialogForm>
    </DialogFrame>
  );
}

function Refused(props: {
  readonly changed: BulkChangedKeysBody;
  readonly done: string;
  readonly onClose: () => void;
}) {
  const { changed, done, onClose } = props;
  const refused = changed.outcomes.filter(({ status }) => status === 'refused');
  return (
    <DialogFrame
      isAlert
      title={`${toKeys(changed.done)} ${done}, ${refused.length} refused`}
      onClose={onClose}
    >
      <ul className="mt-4 grid max-h-64 gap-1 overflow-y-auto text-sm">
        {refused.map(({ id, code }) => (
          <li key={id} className="wrap-anywhere">
            <code className="font-mono text-[0.8125rem]">{id}</code>{' '}
            {code === 'key_revoked' ? 'is revoked, which is final' : 'is not there'}
          </li>
        ))}
      </ul>
      <div className="mt-6 flex justify-end">
        <Button kind="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </DialogFrame>
  );
}

function toKeys(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`;
}
