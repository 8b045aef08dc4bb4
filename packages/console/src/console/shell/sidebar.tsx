import { useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { Button } from '../../ui/button.tsx';
import { useConsoleClient, useConsoleSession } from '../session/console-session.ts';
import { ROLE_NAMES } from '../session/roles.ts';
import { ConsoleIcon } from '../ui/console-icon.tsx';
import { Finder } from './finder.tsx';
import { SECTIONS } from './sections.ts';

const LINK =
  'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm text-soft transition-colors hover:bg-line/60 hover:text-ink coarse:h-11 aria-[current=page]:bg-line/80 aria-[current=page]:font-medium aria-[current=page]:text-ink';

/** Where one can go, and who is here. */
export function Sidebar() {
  const { scopes } = useConsoleSession();
  return (
    <>
      <div className="px-2.5 pt-2">
        <Finder />
      </div>
      <div className="flex-1 px-2.5 py-3">
        {SECTIONS.map((group, index) => (
          <ul key={group[0]?.to} className={index === 0 ? 'grid gap-0.5' : 'mt-6 grid gap-0.5'}>
            {group
              .filter(({ scope }) => scopes.includes(scope))
              .map(({ to, label, icon }) => (
                <li key={to}>
                  <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={LINK}>
                    <ConsoleIcon name={icon} className="size-4 shrink-0" />
                    {label}
                  </Link>
                </li>
              ))}
          </ul>
        ))}
      </div>
      <Myself />
    </>
  );
}

function Myself() {
  const { person } = useConsoleSession();
  const client = useConsoleClient();
  const queries = useQueryClient();
  const router = useRouter();
  async function logOut() {
    // Over here in any case: what the page knows is dropped, and the server's session with it if it can be reached.
    await client.call('POST /v1/console/logout', { body: {} }).catch(() => undefined);
    await router.navigate({ to: '/login' });
    queries.clear();
  }
  return (
    <div className="flex items-center gap-1 border-t border-line p-2.5">
      <Link
        to="/profile"
        className="grid min-w-0 flex-1 rounded-md px-2.5 py-1.5 leading-tight hover:bg-line/60 aria-[current=page]:bg-line/80"
      >
        <span className="truncate text-sm font-medium">{person.name}</span>
        <span className="truncate text-xs text-soft">
          {ROLE_NAMES[person.role]}
          <span className="sr-only">, your profile</span>
        </span>
      </Link>
      <Button
        kind="quiet"
        aria-label="Log out"
        title="Log out"
        className="w-9 px-0! coarse:w-11"
        onClick={() => void logOut()}
      >
        <ConsoleIcon name="leave" />
      </Button>
    </div>
  );
}
