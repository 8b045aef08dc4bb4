import { CSPProvider } from '@base-ui/react/csp-provider';
import { useState } from 'react';
import type { KeysClient } from '../api/keys-client.ts';
import { KeysApp } from '../keys/keys-app.tsx';
import { KeysScreen } from '../keys/keys-screen.tsx';
import type { ViewState } from '../keys/view-state.ts';
import type { Strings } from '../strings.ts';

/** The page without its bar, inside another page: what is shown of the list is its own affair, not the address's. */
export function ShadowKeys(props: {
  readonly client: KeysClient;
  readonly strings: Strings;
  readonly locale: string;
}) {
  const [view, setView] = useState<ViewState>({});
  const [popups, setPopups] = useState<HTMLElement | null>(null);
  return (
    <CSPProvider disableStyleElements>
      <div className="kh-app @container">
        {popups !== null && (
          <KeysApp client={props.client} strings={props.strings} locale={props.locale} popups={popups}>
            <KeysScreen view={view} onView={setView} />
          </KeysApp>
        )}
      </div>
      <div ref={setPopups} />
    </CSPProvider>
  );
}
