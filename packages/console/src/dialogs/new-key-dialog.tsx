import type { PageIssueRequest } from '@keyhold/api/keys-page';
import { type RefObject, useState } from 'react';
import { useSurroundings } from '../keys/surroundings.tsx';
import { DialogForm, DialogFrame } from './frame.tsx';
import { KeyFields, type KeyRules, useKeyDraft } from './key-draft.tsx';
import { useAttempt } from './use-attempt.ts';

/** Asks what a new key shall be. */
export function NewKeyDialog({
  rules,
  nowMs,
  isFollowed,
  onIssue,
  onClose,
}: {
  readonly rules: KeyRules;
  readonly nowMs: number;
  readonly isFollowed: RefObject<boolean>;
  readonly onIssue: (request: PageIssueRequest) => Promise<void>;
  readonly onClose: () => void;
}) {
  const { say } = useSurroundings();
  const draft = useKeyDraft(rules, nowMs);
  const [isTold, setTold] = useState(false);
  const attempt = useAttempt();
  function submit() {
    setTold(true);
    const request = draft.toRequest();
    if (request !== null) void attempt.run(() => onIssue(request));
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
        <KeyFields draft={draft} isTold={isTold} />
      </DialogForm>
    </DialogFrame>
  );
}
