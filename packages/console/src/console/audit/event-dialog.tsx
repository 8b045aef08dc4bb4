import type { AuditEventBody } from '@keyhold/api';
import { DialogFrame } from '../../dialogs/frame.tsx';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { Button } from '../../ui/button.tsx';
import { toActionText } from './action-names.ts';
import { toPartyText } from './parties.ts';

/** Everything that was kept of one event. */
export function EventDialog(props: { readonly event: AuditEventBody; readonly onClose: () => void }) {
  const { event, onClose } = props;
  const { time } = useSurroundings();
  const facts: readonly (readonly [string, string | null])[] = [
    ['When', time.exact(event.at)],
    ['Action', event.action],
    ['By', toPartyText(event.actor)],
    ['On', toPartyText(event.subject)],
    ['Organization', event.organization],
    ['Keyspace', event.keyspace],
    ['From', event.source_address],
    ['Request', event.request_id],
    ['Event', event.id],
  ];
  return (
    <DialogFrame title={toActionText(event.action)} onClose={onClose}>
      <dl className="mt-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 text-sm">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-soft">{name}</dt>
              <dd className="wrap-anywhere">{value}</dd>
            </div>
          ))}
      </dl>
      {Object.keys(event.details).length > 0 && (
        <>
          <h3 className="mt-4 text-[0.8125rem] font-medium text-soft">Details</h3>
          <pre className="mt-1 max-h-64 overflow-auto rounded-kh border border-line bg-panel px-3.5 py-2.5 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap wrap-anywhere">
            <code>{JSON.stringify(event.details, null, 2)}</code>
          </pre>
        </>
      )}
      <div className="mt-5 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </DialogFrame>
  );
}
