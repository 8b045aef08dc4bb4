import type { PageIssueRequest } from '@keyhold/api/keys-page';
import { type RefObject, useState } from 'react';
import { allowedPresets, type ExpiryChoice, toExpiry } from '../keys/expiry-choice.ts';
import { useSession, useSurroundings } from '../keys/surroundings.tsx';
import { Choices, TextField } from '../ui/field.tsx';
import { DialogForm, DialogFrame } from './frame.tsx';
import { ScopePicker } from './scope-picker.tsx';
import { useAttempt } from './use-attempt.ts';

/** Asks what a new key shall be. Fields that the keyspace does not have are not there. */
export function NewKeyDialog({
  nowMs,
  isFollowed,
  onIssue,
  onClose,
}: {
  readonly nowMs: number;
  readonly isFollowed: RefObject<boolean>;
  readonly onIssue: (request: PageIssueRequest) => Promise<void>;
  readonly onClose: () => void;
}) {
  const { say, time } = useSurroundings();
  const session = useSession();
  const presets = allowedPresets(session.max_lifetime_seconds);
  const [name, setName] = useState('');
  const [environment, setEnvironment] = useState(session.environments[0] ?? '');
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [expiry, setExpiry] = useState<ExpiryChoice>({ preset: presets[0] ?? 'date', day: '' });
  const [isTold, setTold] = useState(false);
  const attempt = useAttempt();

  const expiresAt = toExpiry(expiry, nowMs);
  const lastMs = session.max_lifetime_seconds === null ? null : nowMs + session.max_lifetime_seconds * 1_000;
  const isTooFar = lastMs !== null && typeof expiresAt === 'string' && Date.parse(expiresAt) > lastMs;
  const lacksName = name.trim() === '';
  const lacksScopes = session.scopes !== null && scopes.length === 0;
  const lacksExpiry = expiresAt === undefined || isTooFar;

  function submit() {
    setTold(true);
    if (lacksName || lacksScopes || lacksExpiry) return;
    void attempt.run(() =>
      onIssue({
        name: name.trim(),
        ...(session.environments.length > 0 && { environment }),
        ...(session.scopes !== null && { scopes: [...scopes] }),
        ...(expiresAt !== null && { expires_at: expiresAt }),
      }),
    );
  }
  function describeExpiry(): string {
    if (isTooFar) return say('expiryTooFar', { when: time.date(new Date(lastMs).toISOString()) });
    if (expiresAt === undefined) return say('expiryPast');
    return expiresAt === null ? say('expiryNever') : say('expiryOn', { when: time.date(expiresAt) });
  }

  return (
    <DialogFrame title={say('createTitle')} isFollowed={isFollowed} onClose={onClose}>
      <DialogForm
        submit={say('create')}
        busyLabel={say('creating')}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={submit}
        onCancel={onClose}
      >
        <TextField
          label={say('nameLabel')}
          help={say('nameHelp')}
          error={isTold && lacksName ? say('nameMissing') : null}
          placeholder={say('namePlaceholder')}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {session.environments.length > 0 && (
          <Choices
            legend={say('environmentLabel')}
            options={session.environments.map((value) => ({ value, label: value }))}
            value={environment}
            onChange={setEnvironment}
          />
        )}
        {session.scopes !== null && (
          <ScopePicker
            scopes={session.scopes}
            chosen={scopes}
            onChange={setScopes}
            error={isTold && lacksScopes ? say('scopesMissing') : null}
          />
        )}
        <div className="grid gap-3">
          <Choices
            legend={say('expiryLabel')}
            options={presets.map((value) => ({ value, label: say(`expiry.${value}`) }))}
            value={expiry.preset}
            onChange={(preset) => setExpiry({ ...expiry, preset })}
            note={expiry.preset === 'date' ? undefined : describeExpiry()}
          />
          {expiry.preset === 'date' && (
            <TextField
              type="date"
              label={say('expiryDate')}
              help={expiry.day === '' ? '' : describeExpiry()}
              error={lacksExpiry && (isTold || expiry.day !== '') ? describeExpiry() : null}
              value={expiry.day}
              onChange={(event) => setExpiry({ ...expiry, day: event.target.value })}
            />
          )}
        </div>
      </DialogForm>
    </DialogFrame>
  );
}
