import type { OperatorScopeName } from '@keyhold/api';
import { useEffect, useRef, useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { Reveal } from '../../dialogs/reveal.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { allowedPresets, type ExpiryChoice, toExpiry } from '../../keys/expiry-choice.ts';
import { createOneTimeSecret, type OneTimeSecret } from '../../keys/one-time-secret.ts';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { Choices, TextField } from '../../ui/field.tsx';
import { useRead, useRefresh } from '../api/use-read.ts';
import { useConsoleClient, useConsoleSession } from '../session/console-session.ts';
import { CheckList } from '../ui/check-list.tsx';
import { SCOPE_MEANINGS } from './scope-meanings.ts';

const WORDS = {
  text: 'This is the only time it is shown. Keyhold keeps no copy: if you lose it, make another one.',
  label: 'The token',
  copy: 'Copy token',
};

/** Asks what a new token may do, and shows it once. */
export function NewTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const { say } = useSurroundings();
  const client = useConsoleClient();
  const refresh = useRefresh();
  const { scopes: own } = useConsoleSession();
  const keyspaces = useRead('GET /v1/keyspaces', {});
  const attempt = useAttempt();
  const isFollowed = useRef(false);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly OperatorScopeName[]>([]);
  const [reach, setReach] = useState<'all' | 'some'>('all');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [expiry, setExpiry] = useState<ExpiryChoice>({ preset: 'never', day: '' });
  const [isTold, setTold] = useState(false);
  const [secret, setSecret] = useState<OneTimeSecret | null>(null);
  useEffect(() => () => secret?.forget(), [secret]);

  const lacksName = name.trim() === '';
  const lacksReach = reach === 'some' && chosen.length === 0;

  async function create() {
    const expiresAt = toExpiry(expiry, Date.now());
    const { token } = await client.call('POST /v1/operators', {
      body: {
        name: name.trim(),
        scopes: [...scopes],
        ...(reach === 'some' && { keyspaces: [...chosen] }),
        ...(typeof expiresAt === 'string' && { expires_at: expiresAt }),
      },
    });
    isFollowed.current = true;
    setSecret(createOneTimeSecret(token ?? ''));
    await refresh('GET /v1/operators');
  }
  function submit() {
    setTold(true);
    const lacksExpiry = toExpiry(expiry, Date.now()) === undefined;
    if (lacksName || scopes.length === 0 || lacksReach || lacksExpiry) return;
    void attempt.run(create);
  }
  if (secret !== null) {
    return (
      <Reveal
        title="Save the token"
        words={WORDS}
        note={null}
        paste={null}
        secret={secret}
        onClose={onClose}
      />
    );
  }
  return (
    <DialogFrame title="New operator token" isFollowed={isFollowed} onClose={onClose}>
      <DialogForm
        submit="Create token"
        busyLabel="Creating…"
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={submit}
        onCancel={onClose}
      >
        <TextField
          autoFocus
          label="Name"
          help="The program that will use it."
          maxLength={100}
          error={isTold && lacksName ? 'Give the token a name.' : null}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <CheckList
          legend="What it may do"
          options={own.map((scope) => ({ value: scope, label: scope, note: SCOPE_MEANINGS[scope] }))}
          chosen={scopes}
          onChange={setScopes}
          error={isTold && scopes.length === 0 ? 'Choose at least one.' : null}
        />
        <Choices
          legend="Keyspaces"
          options={[
            { value: 'all', label: 'All, later ones too' },
            { value: 'some', label: 'Only some' },
          ]}
          value={reach}
          onChange={setReach}
        />
        {reach === 'some' && (
          <CheckList
            legend="It may see and touch"
            options={(keyspaces.data?.data ?? []).map(({ id, title }) => ({
              value: id,
              label: title ?? id,
            }))}
            chosen={chosen}
            onChange={setChosen}
            error={isTold && lacksReach ? 'Choose at least one.' : null}
          />
        )}
        <Choices
          legend="Expiry"
          options={allowedPresets(null).map((value) => ({ value, label: say(`expiry.${value}`) }))}
          value={expiry.preset}
          onChange={(preset) => setExpiry({ ...expiry, preset })}
        />
        {expiry.preset === 'date' && (
          <TextField
            type="date"
            label="Last day"
            error={isTold && expiry.day === '' ? 'Choose a day that is still to come.' : null}
            value={expiry.day}
            onChange={(event) => setExpiry({ ...expiry, day: event.target.value })}
          />
        )}
      </DialogForm>
    </DialogFrame>
  );
}
