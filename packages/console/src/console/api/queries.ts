import { QueryClient, queryOptions } from '@tanstack/react-query';
import { CallFailed } from '../../api/call-failed.ts';
import type { ConsoleClient } from './console-client.ts';
import type { Answer, CallInput, Route } from './routes.ts';

/**
 * How a call that reads is cached: by its route and what it asks for. Nothing that shows a secret is read this way; a
 * cache keeps what passes through it.
 */
export function readBy<R extends Route & `GET ${string}`>(
  client: ConsoleClient,
  route: R,
  input: CallInput<R>,
) {
  return queryOptions({
    queryKey: [route, input] as const,
    queryFn: ({ signal }): Promise<Answer<R>> => client.call<R>(route, { ...input, signal }),
  });
}

export const SESSION_KEY = ['GET /v1/console/session', {}] as const;

export function createConsoleQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // What was refused stays refused; a server that is busy or away may answer the second time.
        retry: (failures, error) =>
          failures < 2 && error instanceof CallFailed && (error.status === 0 || error.status >= 500),
        retryDelay: 400,
      },
    },
  });
}
