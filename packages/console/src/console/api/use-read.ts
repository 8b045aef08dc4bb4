import { keepPreviousData, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useConsoleClient } from '../session/console-session.ts';
import { readBy } from './queries.ts';
import type { CallInput, Route } from './routes.ts';

/** Reads, and shows what was read before until the next is there. */
export function useRead<R extends Route & `GET ${string}`>(
  route: R,
  input: CallInput<R>,
  options: { readonly enabled?: boolean; readonly refetchInterval?: number } = {},
) {
  return useQuery({
    ...readBy(useConsoleClient(), route, input),
    placeholderData: keepPreviousData,
    ...options,
  });
}

/** Reads again whatever was read by these routes. */
export function useRefresh(): (...routes: readonly (Route & `GET ${string}`)[]) => Promise<void> {
  const queries = useQueryClient();
  return (...routes) => refresh(queries, routes);
}

async function refresh(queries: QueryClient, routes: readonly Route[]): Promise<void> {
  await Promise.all(routes.map((route) => queries.invalidateQueries({ queryKey: [route] })));
}
