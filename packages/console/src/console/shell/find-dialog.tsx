import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { DialogFrame } from '../../dialogs/frame.tsx';
import { classes } from '../../ui/classes.ts';
import { useConsoleSession } from '../session/console-session.ts';
import { type Place, usePlaces } from './use-places.ts';

/** Finds a view, an organization or a key by what is typed, and goes there. */
export function FindDialog({ onClose }: { readonly onClose: () => void }) {
  const router = useRouter();
  const { scopes } = useConsoleSession();
  const id = useId();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const places = usePlaces(text.trim(), scopes);
  const current = Math.min(chosen, places.length - 1);

  function go({ href }: Place) {
    onClose();
    router.history.push(href);
  }
  function handleKey(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen((current + step + places.length) % Math.max(1, places.length));
    }
    const place = places[current];
    if (event.key === 'Enter' && place !== undefined) go(place);
  }
  return (
    <DialogFrame title="Find" onClose={onClose}>
      <input
        role="combobox"
        aria-label="A view, an organization or a key"
        aria-expanded={places.length > 0}
        aria-controls={`${id}-places`}
        aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
        placeholder="A view, an organization or a key"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={handleKey}
        className="mt-3 h-10 w-full rounded-kh border border-strong bg-raised px-3 text-sm coarse:h-11 coarse:text-base"
      />
      <div id={`${id}-places`} role="listbox" aria-label="Places" className="mt-3 grid gap-0.5">
        {places.map((place, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above keeps the focus and has the keys
          <div
            key={place.href}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onClick={() => go(place)}
            onPointerMove={() => setChosen(index)}
            className={classes(
              'flex min-h-8 cursor-pointer items-center justify-between gap-4 rounded-md px-2.5 py-1 text-sm coarse:min-h-11',
              index === current && 'bg-panel',
            )}
          >
            <span className="wrap-anywhere">{place.label}</span>
            <span className="shrink-0 text-[0.8125rem] text-soft">{place.kind}</span>
          </div>
        ))}
      </div>
      {places.length === 0 && <p className="mt-1 text-sm text-soft">Nothing has that name.</p>}
    </DialogFrame>
  );
}
