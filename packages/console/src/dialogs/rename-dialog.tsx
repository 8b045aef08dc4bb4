import type { KeysPageKey } from '@keyhold/api/keys-page';
import { useState } from 'react';
import { useSurroundings } from '../keys/surroundings.tsx';
import { TextField } from '../ui/field.tsx';
import { DialogForm, DialogFrame } from './frame.tsx';
import { useAttempt } from './use-attempt.ts';

export function RenameDialog(props: {
  readonly row: Pick<KeysPageKey, 'name'>;
  readonly onRename: (name: string) => Promise<void>;
  readonly onClose: () => void;
}) {
  const { row, onRename, onClose } = props;
  const { say } = useSurroundings();
  const [name, setName] = useState(row.name);
  const attempt = useAttempt();
  return (
    <DialogFrame title={say('renameTitle')} onClose={onClose}>
      <DialogForm
        submit={say('renameDo')}
        busyLabel={say('renaming')}
        isReady={name.trim() !== ''}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(() => onRename(name.trim()))}
        onCancel={onClose}
      >
        <TextField
          label={say('nameLabel')}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </DialogForm>
    </DialogFrame>
  );
}
