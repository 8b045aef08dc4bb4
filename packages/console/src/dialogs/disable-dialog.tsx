import type { KeysPageKey } from '@keyhold/api/keys-page';
import { useSurroundings } from '../keys/surroundings.tsx';
import { DialogForm, DialogFrame } from './frame.tsx';
import { useAttempt } from './use-attempt.ts';

export function DisableDialog(props: {
  readonly row: Pick<KeysPageKey, 'name'>;
  readonly onDisable: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const { row, onDisable, onClose } = props;
  const { say } = useSurroundings();
  const attempt = useAttempt();
  return (
    <DialogFrame isAlert title={say('disableTitle', { name: row.name })} onClose={onClose}>
      <DialogForm
        submit={say('disableDo')}
        busyLabel={say('disabling')}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(onDisable)}
        onCancel={onClose}
      >
        <p className="-mt-2 text-soft">{say('disableText')}</p>
      </DialogForm>
    </DialogFrame>
  );
}
