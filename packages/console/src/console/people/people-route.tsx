import type { PersonBody } from '@keyhold/api/console';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { useRead } from '../api/use-read.ts';
import { useConsoleSession } from '../session/console-session.ts';
import { ROLE_NAMES } from '../session/roles.ts';
import { Badge } from '../ui/badge.tsx';
import { CursorPager } from '../ui/cursor-pager.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Moment } from '../ui/moment.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { type RowAction, RowMenu } from '../ui/row-menu.tsx';
import type { PersonTask } from './person-task.ts';

const PersonDialogs = lazy(async () => ({ default: (await import('./person-dialogs.tsx')).PersonDialogs }));

/** Who gets into this console, as what, and where they are logged in. */
export function PeopleRoute() {
  const [cursor, setCursor] = useState<string>();
  const [task, setTask] = useState<PersonTask | null>(null);
  const { person: myself } = useConsoleSession();
  const people = useRead('GET /v1/people', { query: { cursor } });
  const columns: readonly Column<PersonBody>[] = [
    {
      title: 'Person',
      cell: ({ id, name, email, state }) => (
        <>
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span className="font-medium wrap-anywhere">{name}</span>
            {id === myself.id && <span className="text-[0.8125rem] text-soft">you</span>}
            {state === 'invited' && <Badge tone="warn">Invited</Badge>}
            {state === 'disabled' && <Badge tone="plain">Disabled</Badge>}
          </span>
          <span className="mt-0.5 block text-[0.8125rem] text-soft wrap-anywhere">{email}</span>
        </>
      ),
    },
    { title: 'Role', cell: ({ role }) => ROLE_NAMES[role] },
    {
      title: 'One-time codes',
      cell: ({ totp_enabled }) =>
        totp_enabled ? <Badge tone="good">On</Badge> : <span className="text-soft">Off</span>,
    },
    { title: 'Last log-in', cell: ({ last_login_at }) => <Moment at={last_login_at} /> },
    {
      title: 'Logged in',
      cell: (person) =>
        person.sessions.length === 0 ? (
          <span className="text-soft">Nowhere</span>
        ) : (
          <Button
            kind="quiet"
            className="relative z-1 -mx-2.5 h-8 px-2.5!"
            onClick={() => setTask({ kind: 'sessions', person })}
          >
            {person.sessions.length === 1 ? '1 browser' : `${person.sessions.length} browsers`}
          </Button>
        ),
    },
    {
      title: 'Actions',
      isActions: true,
      cell: (person) => (
        <RowMenu label={`Actions for ${person.name}`} actions={actionsFor(person, setTask)} />
      ),
    },
  ];
  return (
    <>
      <PageHeader title="People" lead="Who gets into this console, as what, and where they are logged in.">
        <Button kind="primary" onClick={() => setTask({ kind: 'invite' })}>
          <Icon name="plus" />
          Invite somebody
        </Button>
      </PageHeader>
      <Loaded query={people}>
        {({ data, next_cursor }) => (
          <>
            <DataTable caption="People" columns={columns} rows={data} keyOf={({ id }) => id} />
            <CursorPager cursor={cursor} nextCursor={next_cursor} onPage={setCursor} />
          </>
        )}
      </Loaded>
      {task !== null && (
        <Suspense fallback={null}>
          <PersonDialogs task={task} onClose={() => setTask(null)} />
        </Suspense>
      )}
    </>
  );
}

/** What can be done about a person as they are now. */
function actionsFor(person: PersonBody, start: (task: PersonTask) => void): readonly RowAction[] {
  const role: RowAction = { label: 'Change role…', onChoose: () => start({ kind: 'role', person }) };
  const link: RowAction = {
    label: person.state === 'invited' ? 'New invitation…' : 'Reset password…',
    onChoose: () => start({ kind: 'link', person }),
  };
  if (person.state === 'disabled') {
    return [{ label: 'Let in again…', onChoose: () => start({ kind: 'enable', person }) }];
  }
  return [
    role,
    link,
    ...(person.sessions.length > 0
      ? [{ label: 'Log out everywhere…', onChoose: () => start({ kind: 'end_sessions', person }) }]
      : []),
    { label: 'Disable…', isDangerous: true, onChoose: () => start({ kind: 'disable', person }) },
  ];
}
