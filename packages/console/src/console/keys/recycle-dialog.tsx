import type { KeyBody } from '@keyhold/api';
import { useRef, useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { GraceChoice, usualGraceSeconds } from '../../dialogs/grace-choice.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { useConsoleClient } from '../session/console-session.ts';
import { HandOverFields, isHandOverReady, toHandOverFields, USUAL_HAND_OVER } from './hand-over.tsx';
import { type ShownOnce, ShownOnceDialog, toShownOnce } from './shown-once.tsx';

/** A new secret for the same key, shown here or sent by a link. */
export function OperatorRecycleDialog(props: {
  readonly row: KeyBody;
  readonly maxGraceSeconds: number;
  /** Once the new secret is gone from the page. */
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const { row, maxGraceSeconds, onDone, onClose } = props;
  const { say, time } = useSurroundings();
  const client = useConsoleClient();
  const attempt = useAttempt();
  const isFollowed = useRef(false);
  const [nowMs] = useState(Date.now);
  const [handOver, setHandOver] = useState(USUAL_HAND_OVER);
  const [chosenGrace, setGrace] = useState(() => usualGraceSeconds(maxGraceSeconds));
  const [shown, setShown] = useState<ShownOnce | null>(null);
  if (shown !== null) return <ShownOnceDialog shown={shown} onClose={onDone} />;

  // With a link the secret before always stops at once; one that nobody has yet has nothing to go on with.
  const hasGrace = handOver.way === 'response' && row.claim_until === null;
  const grace = hasGrace ? chosenGrace : 0;
  async function recycle() {
    const made = await client.call('POST /v1/keys/{id}/recycle', {
      params: { id: row.id },
      body: { ...(grace > 0 && { grace: `${grace}s` }), ...toHandOverFields(handOver) },
    });
    isFollowed.current = true;
    const { grace_until: until } = made;
    setShown(
      toShownOnce(
        made,
        until === null ? say('revealNoGrace') : say('revealGrace', { when: time.exact(until) }),
      ),
    );
  }
  return (
    <DialogFrame title={say('recycleTitle', { name: row.name })} isFollowed={isFollowed} onClose={onClose}>
      <DialogForm
        submit={say('recycleDo')}
        busyLabel={say('recycling')}
        isReady={isHandOverReady(handOver)}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(recycle)}
        onCancel={onClose}
      >
        <p className="-mt-2 text-soft">{say('recycleText')}</p>
        <HandOverFields value={handOver} onChange={setHandOver} />
        {hasGrace ? (
          <GraceChoice maxSeconds={maxGraceSeconds} nowMs={nowMs} value={grace} onChange={setGrace} />
        ) : (
          <p>The secret before, or the link that waits, stops at once.</p>
        )}
      </DialogForm>
    </DialogFrame>
  );
}
