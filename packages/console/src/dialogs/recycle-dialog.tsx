import type { KeysPageKey } from '@keyhold/api/keys-page';
import { type RefObject, useState } from 'react';
import { useSession, useSurroundings } from '../keys/surroundings.tsx';
import { Choices } from '../ui/field.tsx';
import { DialogForm, DialogFrame } from './frame.tsx';
import { useAttempt } from './use-attempt.ts';

const GRACES_SECONDS = [900, 3_600, 6 * 3_600, 24 * 3_600, 7 * 24 * 3_600];
const USUAL_SECONDS = 24 * 3_600;

/** The graces to choose from: the usual ones that are allowed, and the longest. */
function allowedGraces(maxSeconds: number): readonly number[] {
  if (maxSeconds === 0) return [0];
  return [...new Set([0, ...GRACES_SECONDS.filter((seconds) => seconds <= maxSeconds), maxSeconds])].toSorted(
    (a, b) => a - b,
  );
}

/** Asks how long the old secret shall go on, where that can be chosen, and says what each answer means. */
export function RecycleDialog({
  row,
  nowMs,
  isFollowed,
  onRecycle,
  onClose,
}: {
  readonly row: KeysPageKey;
  readonly nowMs: number;
  readonly isFollowed: RefObject<boolean>;
  readonly onRecycle: (graceSeconds: number) => Promise<void>;
  readonly onClose: () => void;
}) {
  const { say, time } = useSurroundings();
  const graces = allowedGraces(useSession().max_grace_seconds);
  const [grace, setGrace] = useState(graces.findLast((seconds) => seconds <= USUAL_SECONDS) ?? 0);
  const attempt = useAttempt();
  const until = time.exact(new Date(nowMs + grace * 1_000).toISOString());
  const meaning = grace === 0 ? say('graceNoneText') : say('graceText', { when: until });
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
        {graces.length === 1 ? (
          <p>{`${say('graceLabel')} ${say('graceNone')}. ${meaning}`}</p>
        ) : (
          <Choices
            legend={say('graceLabel')}
            options={graces.map((seconds) => ({
              value: String(seconds),
              label: seconds === 0 ? say('graceNone') : say('graceFor', { duration: time.duration(seconds) }),
            }))}
            value={String(grace)}
            onChange={(value) => setGrace(Number(value))}
            note={meaning}
          />
        )}
      </DialogForm>
    </DialogFrame>
  );
}
