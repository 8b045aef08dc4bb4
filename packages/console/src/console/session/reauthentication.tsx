import { useQueryClient } from '@tanstack/react-query';
import type { AnyRouter } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { CallFailed } from '../../api/call-failed.ts';
import { SurroundingsProvider, useSurroundings } from '../../keys/surroundings.tsx';
import { SESSION_KEY } from '../api/queries.ts';
import { useConsoleClient } from './console-session.ts';

const ReauthenticationDialog = lazy(async () => ({
  default: (await import('./reauthentication-dialog.tsx')).ReauthenticationDialog,
}));

/** A call that waits until the person has shown again who they are. */
interface Waiting {
  readonly proceed: () => void;
  readonly refuse: (error: Error) => void;
}

/** The person would not prove who they are, so the call was not made. */
const notProven = () =>
  new CallFailed(403, {
    code: 'reauthentication_required',
    detail: 'Nothing was done: this needs a fresh log-in.',
  });

/** Asks for a password where a call needs one, and leads to the log-in, keeping the place, where the session is over. */
export function Reauthentication({ router }: { readonly router: AnyRouter }) {
  const client = useConsoleClient();
  const queries = useQueryClient();
  const [waiting, setWaiting] = useState<readonly Waiting[]>([]);
  useEffect(() => {
    client.attend({
      sessionEnded() {
        const { pathname, search } = location;
        if (pathname === '/console/login') return;
        queries.removeQueries({ queryKey: SESSION_KEY });
        void router.navigate({ to: '/login', search: { to: pathname + search }, replace: true });
      },
      reauthenticate: () =>
        new Promise((proceed, refuse) => setWaiting((others) => [...others, { proceed, refuse }])),
    });
  }, [client, queries, router]);

  function settle(act: (one: Waiting) => void) {
    waiting.forEach(act);
    setWaiting([]);
  }
  if (waiting.length === 0) return null;
  return (
    <Above>
      <Suspense fallback={null}>
        <ReauthenticationDialog
          onProven={() => settle(({ proceed }) => proceed())}
          onClose={() => settle(({ refuse }) => refuse(notProven()))}
        />
      </Suspense>
    </Above>
  );
}

/**
 * The dialog that made the call may be open still: this one stands above it, with a veil between. Its place comes into the
 * document after that dialog, which has hidden everything that was there from assistive technology.
 */
function Above({ children }: { readonly children: ReactNode }) {
  const surroundings = useSurroundings();
  const [place, setPlace] = useState<HTMLElement | null>(null);
  useEffect(() => {
    const element = document.createElement('div');
    element.className = 'relative z-60';
    document.body.append(element);
    setPlace(element);
    return () => element.remove();
  }, []);
  if (place === null) return null;
  return <SurroundingsProvider value={{ ...surroundings, popups: place }}>{children}</SurroundingsProvider>;
}
