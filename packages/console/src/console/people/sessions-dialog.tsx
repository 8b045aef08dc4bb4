import type { PersonBody } from '@keyhold/api/console';
import { DialogFrame } from '../../dialogs/frame.tsx';
import { Button } from '../../ui/button.tsx';
import { Badge } from '../ui/badge.tsx';
import { Moment } from '../ui/moment.tsx';
import { describeBrowser } from './describe-browser.ts';

/** Where somebody is logged in. */
export function SessionsDialog(props: { readonly person: PersonBody; readonly onClose: () => void }) {
  const { person, onClose } = props;
  return (
    <DialogFrame title={`Where ${person.name} is logged in`} onClose={onClose}>
      <ul className="mt-4 divide-y divide-line rounded-kh border border-line text-sm">
        {person.sessions.map((session) => (
          <li key={session.id} className="px-3.5 py-2.5">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              {describeBrowser(session.user_agent)}
              {session.current && <Badge tone="good">This one</Badge>}
            </p>
            <p className="text-[0.8125rem] text-soft">
              {session.source_address ?? 'From an unknown address'} · seen{' '}
              <Moment at={session.last_seen_at} /> · since <Moment at={session.created_at} />
            </p>
          </li>
        ))}
      </ul>
      <div className="mt-5 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </DialogFrame>
  );
}
