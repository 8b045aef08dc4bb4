import type { KeysPageKey, KeysPageSession } from '@keyhold/api/keys-page';
import { lazy, Suspense, useEffect, useState } from 'react';
import { CallFailed } from '../api/call-failed.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import type { KeyAction } from './key-menu.tsx';
import { KeysTable } from './keys-table.tsx';
import { KeysToolbar } from './keys-toolbar.tsx';
import { Pager } from './pager.tsx';
import { useKeysQuery, useSessionQuery } from './queries.ts';
import { selectKeys } from './select-keys.ts';
import { LoadingRows, Notice } from './states.tsx';
import { SessionProvider, useSurroundings } from './surroundings.tsx';
import type { ViewState } from './view-state.ts';

// Dialogs are loaded when one is opened; the first view does without them.
const Dialogs = lazy(async () => ({ default: (await import('../dialogs/dialogs.tsx')).Dialogs }));

/** What is being done: a key made, or something done to one. */
export type Task = { readonly action: 'create' } | { readonly action: KeyAction; readonly row: KeysPageKey };

export interface KeysScreenProps {
  readonly view: ViewState;
  readonly onView: (view: ViewState) => void;
}

/** The whole of the page below its bar; the same wherever it is shown. */
export function KeysScreen({ view, onView }: KeysScreenProps) {
  const { say } = useSurroundings();
  const session = useSessionQuery();
  const [task, setTask] = useState<Task | null>(null);
  const keys = useKeysQuery(task !== null);
  const failure = session.error ?? keys.error;
  if (failure instanceof CallFailed && failure.status === 401) {
    return <Notice isWhole isAlert title={say('expiredTitle')} text={say('expiredText')} />;
  }
  if (session.data === undefined || keys.data === undefined) {
    if (failure === null) return <LoadingRows />;
    const retry = () => Promise.all([session.refetch(), keys.refetch()]);
    return (
      <Notice isWhole isAlert title={say('errorTitle')} text={say('errorText')}>
        <Button onClick={() => void retry()}>{say('retry')}</Button>
      </Notice>
    );
  }
  return (
    <SessionProvider value={session.data}>
      <LoadedKeys
        session={session.data}
        all={keys.data.keys}
        nowMs={keys.data.nowMs}
        isCut={keys.data.isCut}
        view={view}
        onView={onView}
        task={task}
        onTask={setTask}
      />
    </SessionProvider>
  );
}

function LoadedKeys({
  session,
  all,
  nowMs,
  isCut,
  view,
  onView,
  task,
  onTask,
}: KeysScreenProps & {
  readonly task: Task | null;
  readonly onTask: (task: Task | null) => void;
  readonly session: KeysPageSession;
  readonly all: readonly KeysPageKey[];
  readonly nowMs: number;
  readonly isCut: boolean;
}) {
  const { say } = useSurroundings();
  const [told, setTold] = useState('');
  const { active_key_limit: limit, title, organization, guide_url } = session;
  const active = all.filter(({ state }) => state === 'active' || state === 'disabled').length;
  const isFull = limit !== null && active >= limit;
  const selected = selectKeys(all, view);
  const start = (next: Task) => {
    setTold('');
    onTask(next);
  };
  return (
    <>
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="max-w-2xl">
          <h1 className="text-2xl leading-tight font-semibold tracking-tight">{say('title')}</h1>
          <p className="mt-1.5 text-soft text-pretty">
            {say('lead', { api: title, organization: organization.name })}
            {guide_url !== null && (
              <>
                {' '}
                <a
                  className="text-accent underline underline-offset-3"
                  href={guide_url}
                  target="_blank"
                  rel="noreferrer"
                >
                  {say('guide')}
                </a>
              </>
            )}
          </p>
        </div>
        <div className="flex items-center gap-4">
          {limit !== null && <Cap active={active} limit={limit} />}
          <Button
            kind="primary"
            aria-disabled={isFull}
            aria-describedby={isFull ? 'cap-reached' : undefined}
            onClick={() => {
              if (!isFull) start({ action: 'create' });
            }}
          >
            <Icon name="plus" />
            {say('newKey')}
          </Button>
        </div>
      </header>
      {isFull && (
        <p id="cap-reached" className="mt-4 rounded-kh border border-warn/40 px-4 py-2.5 text-sm text-warn">
          {say('capReached', { limit })}
        </p>
      )}
      {all.length === 0 ? (
        <Notice title={say('emptyTitle')} text={say('emptyText', { api: title })}>
          <Button kind="primary" onClick={() => start({ action: 'create' })}>
            <Icon name="plus" />
            {say('newKey')}
          </Button>
        </Notice>
      ) : (
        <>
          <KeysToolbar all={all} view={view} onView={onView} />
          {selected.total === 0 ? (
            <Notice title={say('noResultsTitle')} text={say('noResultsText')}>
              <Button onClick={() => onView({})}>{say('clearFilters')}</Button>
            </Notice>
          ) : (
            <div className="mt-4">
              <KeysTable
                keys={selected.keys}
                nowMs={nowMs}
                view={view}
                onSort={(sort) => onView(toggleSort(view, sort))}
                onAction={(row, action) => start({ action, row })}
              />
              <Pager selected={selected} onPage={(page) => onView({ ...view, page })} />
            </div>
          )}
          {isCut && <p className="mt-4 text-sm text-soft">{say('cutOff', { count: all.length })}</p>}
        </>
      )}
      <Told text={told} onRead={() => setTold('')} />
      {task !== null && (
        <Suspense fallback={null}>
          <Dialogs task={task} nowMs={nowMs} onTold={setTold} onClose={() => onTask(null)} />
        </Suspense>
      )}
    </>
  );
}

function toggleSort({ page: _page, ...view }: ViewState, sort: NonNullable<ViewState['sort']>): ViewState {
  const { reverse, ...rest } = view;
  const isSame = (view.sort ?? 'created') === sort;
  return { ...rest, sort, ...(isSame && reverse !== true && { reverse: true as const }) };
}

const READING_MS = 6_000;

/** Says what was done, for a while. */
function Told({ text, onRead }: { readonly text: string; readonly onRead: () => void }) {
  useEffect(() => {
    if (text === '') return;
    const timer = setTimeout(onRead, READING_MS);
    return () => clearTimeout(timer);
  }, [text, onRead]);
  return (
    <p
      role="status"
      className="fixed inset-x-0 bottom-6 z-30 mx-auto w-fit max-w-[calc(100%-2rem)] rounded-kh bg-ink px-4 py-2.5 text-sm text-paper shadow-lg empty:hidden"
    >
      {text}
    </p>
  );
}

/** How much of the allowance is taken. */
function Cap({ active, limit }: { readonly active: number; readonly limit: number }) {
  const { say } = useSurroundings();
  return (
    <div className="text-[0.8125rem] text-soft @2xl:text-right">
      {say('capUsed', { active, limit })}
      <svg
        aria-hidden="true"
        className="mt-1 block h-1 w-24 rounded-full bg-line"
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
      >
        <rect
          width={Math.min(100, (active / limit) * 100)}
          height="4"
          className={active >= limit ? 'fill-warn' : 'fill-accent'}
        />
      </svg>
    </div>
  );
}
