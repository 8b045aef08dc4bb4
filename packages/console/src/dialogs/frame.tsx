import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import type { FormEvent, ReactNode, RefObject } from 'react';
import { useSurroundings } from '../keys/surroundings.tsx';
import { Button } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';

const POPUP = classes(
  'kh-app kh-popup fixed z-50 max-h-[calc(100dvh-2rem)] overflow-y-auto overscroll-contain rounded-xl border border-line bg-raised! p-6 shadow-2xl outline-none',
  'inset-x-4 bottom-4 sm:inset-x-auto sm:bottom-auto sm:top-1/2 sm:left-1/2 sm:w-[30rem] sm:-translate-x-1/2 sm:-translate-y-1/2',
);

/** A dialog that is there as long as it is rendered. Focus stays in it and goes back to where it came from. */
export function DialogFrame({
  title,
  isAlert = false,
  isFollowed,
  onClose,
  children,
}: {
  readonly title: string;
  /** Asks about something that cannot be undone: no press beside it closes it. */
  readonly isAlert?: boolean;
  /** True when another dialog takes its place, and with it the focus. */
  readonly isFollowed?: RefObject<boolean>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const { popups } = useSurroundings();
  const Parts = isAlert ? AlertDialog : Dialog;
  return (
    <Parts.Root open onOpenChange={(isOpen: boolean) => void (isOpen || onClose())}>
      <Parts.Portal container={popups}>
        <Parts.Backdrop className="kh-backdrop" />
        <Parts.Popup className={POPUP} finalFocus={() => isFollowed?.current !== true}>
          <Parts.Title className="text-lg leading-snug font-semibold tracking-tight wrap-anywhere">
            {title}
          </Parts.Title>
          {children}
        </Parts.Popup>
      </Parts.Portal>
    </Parts.Root>
  );
}

/** A form in a dialog with its buttons and, above them, what went wrong. */
export function DialogForm({
  submit,
  isDangerous = false,
  isReady = true,
  isBusy,
  busyLabel,
  error,
  onSubmit,
  onCancel,
  children,
}: {
  readonly submit: string;
  readonly isDangerous?: boolean;
  readonly isReady?: boolean;
  readonly isBusy: boolean;
  readonly busyLabel: string;
  readonly error: string | null;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}) {
  const { say } = useSurroundings();
  function handle(event: FormEvent) {
    event.preventDefault();
    if (isReady && !isBusy) onSubmit();
  }
  return (
    <form noValidate onSubmit={handle} className="mt-4 grid gap-5">
      {children}
      {error !== null && (
        <p role="alert" className="rounded-kh border border-danger/40 px-3.5 py-2.5 text-sm text-danger">
          {error}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>{say('cancel')}</Button>
        <Button type="submit" kind={isDangerous ? 'danger' : 'primary'} aria-disabled={!isReady || isBusy}>
          {isBusy ? busyLabel : submit}
        </Button>
      </div>
    </form>
  );
}
