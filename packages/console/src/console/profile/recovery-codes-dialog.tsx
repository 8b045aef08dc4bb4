import { useState } from 'react';
import { copyText } from '../../dialogs/copy-text.ts';
import { DialogFrame } from '../../dialogs/frame.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';

/** Shows the codes for a lost telephone, once. It closes by its buttons only, when it was said that they are kept. */
export function RecoveryCodesDialog(props: {
  readonly codes: readonly string[];
  readonly onClose: () => void;
}) {
  const { codes, onClose } = props;
  const [isKept, setKept] = useState(false);
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <DialogFrame isAlert title="Put these codes away" onClose={() => isKept && onClose()}>
      <p className="mt-2 text-soft">
        Each lets you in once in place of a code, if you lose your phone. They are shown only now.
      </p>
      <ul className="mt-4 grid gap-y-1 rounded-kh border border-strong bg-panel px-4 py-3 font-mono text-sm select-all">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <label className="mt-4 flex cursor-pointer items-center gap-2.5 text-sm coarse:min-h-11">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={isKept}
          onChange={(event) => setKept(event.target.checked)}
        />
        I have put them where I will find them
      </label>
      <p role="status" className="mt-2 text-[0.8125rem] text-soft empty:hidden">
        {copied === true && 'Copied.'}
        {copied === false && 'Your browser did not let us copy. Select them, and press Ctrl+C or ⌘C.'}
      </p>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button
          onClick={({ currentTarget }) =>
            void copyText(codes.join('\n'), currentTarget).then((isCopied) => setCopied(isCopied))
          }
        >
          <Icon name="copy" />
          Copy
        </Button>
        <Button kind="primary" aria-disabled={!isKept} onClick={() => isKept && onClose()}>
          Done
        </Button>
      </div>
    </DialogFrame>
  );
}
