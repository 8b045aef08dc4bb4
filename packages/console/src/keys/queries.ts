import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useClient } from './surroundings.tsx';

/** What the page reads. Nothing that shows a secret goes this way: a cache keeps what passes through it. */

export const SESSION_QUERY = ['session'] as const;
const KEYS = ['keys'] as const;

export function useSessionQuery() {
  const client = useClient();
  return useQuery({
    queryKey: SESSION_QUERY,
    queryFn: ({ signal }) => client.readSession(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** @param isPaused while a dialog is open: a session that ends meanwhile must not take away a key that is being shown. */
export function useKeysQuery(isPaused: boolean) {
  const client = useClient();
  return useQuery({
    queryKey: KEYS,
    queryFn: ({ signal }) => client.listKeys(signal),
    refetchInterval: 60_000,
    enabled: !isPaused,
  });
}

/** Counts of the keys on one page of the list. */
export function useUsageQuery(numbers: readonly number[]) {
  const client = useClient();
  return useQuery({
    queryKey: ['usage', ...numbers],
    queryFn: ({ signal }) => client.readUsage(numbers, signal),
    enabled: numbers.length > 0,
    staleTime: 60_000,
  });
}

/** Reads the list again, after something was changed. */
export function useRefreshKeys(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: KEYS });
}
