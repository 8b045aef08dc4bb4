// oxlint-disable-next-line import/no-unassigned-import -- a stylesheet has nothing to assign
import './console.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { SurroundingsProvider } from '../keys/surroundings.tsx';
import { createTimeText } from '../keys/time-text.ts';
import { createSay } from '../strings.ts';
import { createConsoleClient } from './api/console-client.ts';
import { createConsoleQueries } from './api/queries.ts';
import { createConsoleRouter } from './router.tsx';
import { ConsoleClientContext } from './session/console-session.ts';
import { Reauthentication } from './session/reauthentication.tsx';
import { CONSOLE_STRINGS } from './shell/console-strings.ts';

const client = createConsoleClient();
const queries = createConsoleQueries();
const router = createConsoleRouter();
const surroundings = {
  say: createSay(CONSOLE_STRINGS),
  time: createTimeText(navigator.language),
  popups: undefined,
};
const root = document.getElementById('root');
if (root === null) throw new Error('The document has no place for the console.');
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <ConsoleClientContext value={client}>
          <SurroundingsProvider value={surroundings}>
            <RouterProvider router={router} />
            <Reauthentication router={router} />
          </SurroundingsProvider>
        </ConsoleClientContext>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
