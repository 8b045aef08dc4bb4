import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { CallFailed } from '../../api/call-failed.ts';
import { Notice } from '../../keys/states.tsx';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { readBy } from '../api/queries.ts';
import { ConsoleSessionContext, useConsoleClient } from '../session/console-session.ts';
import { ConsoleIcon } from '../ui/console-icon.tsx';
import { LoadingView } from '../ui/loading.tsx';
import { Sidebar } from './sidebar.tsx';
import { ToldProvider } from './told.tsx';

/** What stands around every view behind the log-in. */
export function Shell() {
  const client = useConsoleClient();
  const session = useQuery({
    ...readBy(client, 'GET /v1/console/session', {}),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { pathname } = useRouterState({ select: ({ location }) => location });
  const [isOpen, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: wherever one goes, the menu of a telephone closes
  useEffect(() => setOpen(false), [pathname]);

  if (session.data === undefined) {
    // Without a session the client leads to the log-in.
    if (!(session.error instanceof CallFailed) || session.error.status === 401) {
      return (
        <div className="kh-app min-h-dvh p-8">
          <LoadingView />
        </div>
      );
    }
    return (
      <main className="kh-app min-h-dvh p-8">
        <Notice
          isWhole
          isAlert
          title="Keyhold could not be reached"
          text="The connection failed or the service is busy."
        >
          <Button onClick={() => void session.refetch()}>Try again</Button>
        </Notice>
      </main>
    );
  }
  return (
    <ConsoleSessionContext value={session.data}>
      <div className="kh-app min-h-dvh lg:grid lg:grid-cols-[14.5rem_minmax(0,1fr)]">
        <a
          href="#content"
          className="fixed top-2 left-2 z-50 -translate-y-20 rounded-kh bg-ink px-3 py-2 text-sm text-paper focus:translate-y-0"
        >
          Skip to the content
        </a>
        <header className="sticky top-0 z-20 flex h-14 items-center justify-between border-b border-line bg-paper px-4 lg:hidden">
          <Brand />
          <Button
            kind="quiet"
            aria-expanded={isOpen}
            aria-controls="sidebar"
            aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            className="-mr-2 w-11 px-0!"
            onClick={() => setOpen(!isOpen)}
          >
            <ConsoleIcon name={isOpen ? 'close' : 'menu'} />
          </Button>
        </header>
        <nav
          id="sidebar"
          aria-label="Sections"
          className={classes(
            'border-line bg-panel lg:sticky lg:top-0 lg:flex lg:h-dvh lg:flex-col lg:border-r',
            isOpen ? 'fixed inset-x-0 top-14 bottom-0 z-20 flex flex-col overflow-y-auto' : 'max-lg:hidden',
          )}
        >
          <div className="flex h-14 items-center px-4 max-lg:hidden">
            <Brand />
          </div>
          <Sidebar />
        </nav>
        <ToldProvider>
          <main id="content" tabIndex={-1} className="@container min-w-0 outline-none">
            <div className="mx-auto max-w-6xl px-4 pt-6 pb-24 @2xl:px-8 @2xl:pt-9">
              <Outlet />
            </div>
          </main>
        </ToldProvider>
      </div>
    </ConsoleSessionContext>
  );
}

function Brand() {
  return (
    <Link to="/" className="-mx-1 flex items-center gap-2 rounded-md px-1 font-semibold tracking-tight">
      <span className="grid size-6 place-items-center rounded-md bg-accent text-on-accent">
        <ConsoleIcon name="keys" className="size-3.5" />
      </span>
      Keyhold
    </Link>
  );
}
