import { lazy, Suspense, useEffect, useState } from 'react';
import { ConsoleIcon } from '../ui/console-icon.tsx';

const FindDialog = lazy(async () => ({ default: (await import('./find-dialog.tsx')).FindDialog }));

/** The way to everything by its name: a button, and Ctrl+K or ⌘K. */
export function Finder() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      // Another dialog asks something first.
      if (document.querySelector('[role="dialog"], [role="alertdialog"]') === null) setOpen(true);
    };
    addEventListener('keydown', open);
    return () => removeEventListener('keydown', open);
  }, []);
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="flex h-8 w-full items-center gap-2.5 rounded-md border border-line bg-raised px-2.5 text-sm text-soft hover:border-strong coarse:h-11"
      >
        <ConsoleIcon name="search" className="size-4 shrink-0" />
        Find
        <kbd className="ml-auto font-sans text-xs coarse:hidden">Ctrl K</kbd>
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <FindDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
