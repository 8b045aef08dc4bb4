import type { KeysPageKey } from '@keyhold/api/keys-page';
import { type RefObject, useState } from 'react';
import { useSurroundings } from '../keys/surroundings.tsx';
import { DialogForm, DialogFrame } from './frame.tsx';
import { GraceChoice, usualGraceSeconds } from './grace-choice.tsx';
import { useAttempt } from './use-attempt.ts';

/** Asks how long the old secret shall go on, and says what stops with it. */
export function RecycleDialog({
  row,
  maxGraceSeconds,
  nowMs,
  isFollowed,
  onRecycle,
  onClose,
}: {
  readonly row: Pick<KeysPageKey, 'name' | 'claim_until'>;
  readonly maxGraceSeconds: number;
  readonly nowMs: number;
  readonly isFollowed: RefObject<boolean>;
  readonly onRecycle: (graceSeconds: number) => Promise<void>;
  readonly onClose: () => void;
}) {
  const { say } = useSurroundings();
  const isWaiting = row.claim_until !== null;
  // A secret that nobody has yet has nothing to go on with.
  const [grace, setGrace] = useState(isWaiting ? 0 : usualGraceSeconds(maxGraceSeconds));
  const attempt = useAttempt();
  return (
    <DialogFrame title={say('recycleTitle', { name: row.name })} isFollowed={isFollowed} onClose={onClose}>
      <DialogForm
        submit={say('recycleDo')}
        busyLabel={say('recycling')}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(() => onRecycle(grace))}
        onCancel={onClose}
      >
        <p className="-mt-2 text-soft">{say('recycleText')}</p>
        {isWaiting ? (
          <p>{say('recycleWaiting')}</p>
        ) : (
          <GraceChoice maxSeconds={maxGraceSeconds} nowMs={nowMs} value={grace} onChange={setGrace} />
        )}
      </DialogForm>
    </DialogFrame>
  );
}
