import type { TotpEnrolmentBody } from '@keyhold/api/console';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { TextField } from '../../ui/field.tsx';
import { SESSION_KEY } from '../api/queries.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { describeFailure } from '../session/describe-failure.ts';
import { useDoorAttempt } from '../session/use-door-attempt.ts';
import { useTell } from '../shell/told.tsx';
import { QrCode } from './qr-code.tsx';
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx';

/** Turns one-time codes on: the app learns the secret, shows a first code, and the recovery codes are put away. */
export function TotpDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useConsoleClient();
  const queries = useQueryClient();
  const tell = useTell();
  const attempt = useDoorAttempt();
  const isBegun = useRef(false);
  const [enrolment, setEnrolment] = useState<TotpEnrolmentBody | null>(null);
  const [totp, setTotp] = useState('');
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  useEffect(() => {
    // An effect may run twice, and each beginning makes another secret.
    if (isBegun.current) return;
    isBegun.current = true;
    client.call('POST /v1/console/totp', { body: {} }).then(setEnrolment, (failure: unknown) => {
      tell(describeFailure(failure));
      onClose();
    });
  }, [client, tell, onClose]);

  async function confirm() {
    const body = { totp: totp.trim() };
    const { recovery_codes, ...session } = await client.call('POST /v1/console/totp/confirm', { body });
    queries.setQueryData(SESSION_KEY, session);
    setCodes(recovery_codes);
  }
  if (codes !== null) return <RecoveryCodesDialog codes={codes} onClose={onClose} />;
  if (enrolment === null) return null;
  return (
    <DialogFrame title="Turn one-time codes on" onClose={onClose}>
      <DialogForm
        submit="Turn on"
        busyLabel="Checking…"
        isReady={totp.trim() !== ''}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(confirm)}
        onCancel={onClose}
      >
        <p className="-mt-2 text-soft">
          Scan this with an authenticator app, then enter the code that it shows.
        </p>
        <QrCode text={enrolment.otpauth_url} label="The secret, for your app to scan" />
        <details className="text-sm text-soft">
          <summary className="w-fit cursor-pointer rounded-sm hover:text-ink">It cannot be scanned</summary>
          <p className="mt-1.5">Type this into the app, as a key by time:</p>
          <code className="mt-1 block rounded-kh border border-line bg-panel px-3 py-2 font-mono break-all text-ink select-all">
            {enrolment.secret}
          </code>
        </details>
        <TextField
          label="Code"
          help="Six digits."
          inputMode="numeric"
          autoComplete="one-time-code"
          value={totp}
          onChange={(event) => setTotp(event.target.value)}
        />
      </DialogForm>
    </DialogFrame>
  );
}
