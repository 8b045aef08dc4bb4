import type { KeysPageSession } from '@keyhold/api/keys-page';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { KeysScreen } from '../keys/keys-screen.tsx';
import { SESSION_QUERY, useSessionQuery } from '../keys/queries.ts';
import { LoadingRows, Notice } from '../keys/states.tsx';
import { useClient, useSurroundings } from '../keys/surroundings.tsx';
import { buttonClasses } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { useAddressView } from './address-view.ts';
import { exchangeOnce } from './exchange-once.ts';

/** The page that stands alone: its bar, its keys, and what is there before and after its session. */
export function HostedPage({ code }: { readonly code: string | null }) {
  const [view, setView] = useAddressView();
  const { say } = useSurroundings();
  const client = useClient();
  const queries = useQueryClient();
  const [phase, setPhase] = useState<'opening' | 'open' | 'refused' | 'over'>(
    code === null ? 'open' : 'opening',
  );
  useEffect(() => {
    if (code === null) return;
    void exchangeOnce(client, code)
      .then((session) => {
        queries.setQueryData(SESSION_QUERY, session);
        return setPhase('open');
      })
      .catch(() => setPhase('refused'));
  }, [client, queries, code]);

  async function signOut() {
    // Over here in any case: what the page knows is dropped, and the server's session with it if it can be reached.
    await client.endSession().catch(() => undefined);
    setPhase('over');
    queries.clear();
  }
  return (
    <div className="kh-app @container min-h-dvh">
      {phase === 'open' ? (
        <Bar onSignOut={() => void signOut()} />
      ) : (
        <div className="h-14 border-b border-line" />
      )}
      <main className="mx-auto max-w-6xl px-4 pt-8 pb-24 @2xl:px-8 @2xl:pt-12">
        {phase === 'opening' && <LoadingRows />}
        {phase === 'open' && <KeysScreen view={view} onView={setView} />}
        {phase === 'refused' && <Notice isWhole isAlert title={say('linkTitle')} text={say('linkText')} />}
        {phase === 'over' && <Notice isWhole title={say('signedOutTitle')} text={say('signedOutText')} />}
      </main>
    </div>
  );
}

function Bar({ onSignOut }: { readonly onSignOut: () => void }) {
  const { say } = useSurroundings();
  const { data: session } = useSessionQuery();
  return (
    <header className="border-b border-line">
      <div className="mx-auto flex h-14 max-w-6xl items-center justify-between gap-4 px-4 @2xl:px-8">
        <Origin session={session} />
        {session !== undefined && (
          <div className="flex min-w-0 items-center gap-3 text-sm">
            <span className="hidden truncate text-soft @xl:block">
              {session.user ?? session.organization.name}
            </span>
            <button type="button" onClick={onSignOut} className={buttonClasses('quiet', '-mr-3')}>
              {say('signOut')}
            </button>
          </div>
        )}
      </div>
    </header>
  );
}

/** What this belongs to, and the way back. */
function Origin({ session }: { readonly session: KeysPageSession | undefined }) {
  const { say } = useSurroundings();
  if (session === undefined) return <span />;
  if (session.return_url === null) return <span className="truncate font-semibold">{session.title}</span>;
  return (
    <a
      href={session.return_url}
      aria-label={`${say('back')}: ${session.title}`}
      className="-ml-2 inline-flex min-w-0 items-center gap-2 rounded-kh px-2 py-1.5 font-semibold hover:bg-panel"
    >
      <Icon name="arrow" className="size-4 text-soft" />
      <span className="truncate">{session.title}</span>
    </a>
  );
}
