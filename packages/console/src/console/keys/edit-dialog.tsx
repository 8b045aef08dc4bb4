import type { KeyBody, KeyspaceBody } from '@keyhold/api';
import { useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { ScopePicker } from '../../dialogs/scope-picker.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { toExpiry } from '../../keys/expiry-choice.ts';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { Choices, TextField } from '../../ui/field.tsx';
import { useConsoleClient } from '../session/console-session.ts';
import { toKeyRules } from './issue-dialog.tsx';

/** Name, scopes, expiry and networks of a key. What is not changed is not sent. */
export function EditDialog(props: {
  readonly row: KeyBody;
  readonly keyspace: KeyspaceBody;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const { row, onDone, onClose } = props;
  const { scopes: known } = toKeyRules(props.keyspace);
  const { say, time } = useSurroundings();
  const client = useConsoleClient();
  const attempt = useAttempt();
  const [name, setName] = useState(row.name);
  const [scopes, setScopes] = useState<readonly string[]>(row.scopes);
  const [expiry, setExpiry] = useState<'same' | 'never' | 'date'>('same');
  const [day, setDay] = useState('');
  const [networks, setNetworks] = useState(row.allowed_cidrs.join(' '));
  const expiresAt = expiry === 'same' ? row.expires_at : toExpiry({ preset: expiry, day }, Date.now());
  const lacksScopes = known !== null && scopes.length === 0;
  const cidrs = networks.split(/[\s,]+/).filter((cidr) => cidr !== '');

  async function save() {
    const isSame = (before: readonly string[], now: readonly string[]) => before.join(' ') === now.join(' ');
    const body = {
      ...(name.trim() !== row.name && { name: name.trim() }),
      ...(!isSame(row.scopes, scopes) && { scopes: [...scopes] }),
      ...(expiresAt !== undefined && expiresAt !== row.expires_at && { expires_at: expiresAt }),
      ...(!isSame(row.allowed_cidrs, cidrs) && { allowed_cidrs: cidrs }),
    };
    if (Object.keys(body).length === 0) return onClose();
    await client.call('PATCH /v1/keys/{id}', { params: { id: row.id }, body });
    onDone();
  }
  return (
    <DialogFrame title={`Edit “${row.name}”`} onClose={onClose}>
      <DialogForm
        submit="Save"
        busyLabel="Saving…"
        isReady={name.trim() !== '' && !lacksScopes && expiresAt !== undefined}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(save)}
        onCancel={onClose}
      >
        <TextField
          label={say('nameLabel')}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {known !== null && (
          <ScopePicker
            scopes={known}
            chosen={scopes}
            onChange={setScopes}
            error={lacksScopes ? say('scopesMissing') : null}
          />
        )}
        <Choices
          legend={say('expiryLabel')}
          options={[
            {
              value: 'same',
              label: row.expires_at === null ? 'Never, as it is' : `${time.date(row.expires_at)}, as it is`,
            },
            ...(row.expires_at === null ? [] : [{ value: 'never', label: say('expiry.never') } as const]),
            { value: 'date', label: say('expiry.date') },
          ]}
          value={expiry}
          onChange={setExpiry}
        />
        {expiry === 'date' && (
          <TextField
            type="date"
            label={say('expiryDate')}
            error={day !== '' && expiresAt === undefined ? say('expiryPast') : null}
            value={day}
            onChange={(event) => setDay(event.target.value)}
          />
        )}
        <TextField
          label="Networks"
          help="Where it may be used from, like 203.0.113.0/24; none: from anywhere."
          value={networks}
          onChange={(event) => setNetworks(event.target.value)}
        />
      </DialogForm>
    </DialogFrame>
  );
}
