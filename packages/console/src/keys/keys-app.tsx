import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { CallFailed } from '../api/call-failed.ts';
import type { KeysClient } from '../api/keys-client.ts';
import { createSay, type Strings } from '../strings.ts';
import { ClientProvider, SurroundingsProvider } from './surroundings.tsx';
import { createTimeText } from './time-text.ts';

/** Gives everything below what it needs, whichever document it stands in. */
export function KeysApp(props: {
  readonly client: KeysClient;
  readonly strings?: Strings;
  readonly locale?: string;
  readonly popups?: HTMLElement;
  readonly children: ReactNode;
}) {
  const { client, strings = {}, locale = 'en', popups, children } = props;
  const [queries] = useState(createQueries);
  const surroundings = useMemo(
    () => ({ say: createSay(strings), time: createTimeText(locale), popups }),
    [strings, locale, popups],
  );
  return (
    <QueryClientProvider client={queries}>
      <ClientProvider value={client}>
        <SurroundingsProvider value={surroundings}>{children}</SurroundingsProvider>
      </ClientProvider>
    </QueryClientProvider>
  );
}

function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // What was refused stays refused; a server that is busy or away may answer the second time.
        retry: (failures, error) =>
          failures < 2 && error instanceof CallFailed && (error.status === 0 || error.status >= 500),
        retryDelay: 400,
      },
    },
  });
}
