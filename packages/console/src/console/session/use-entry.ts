import type { ConsoleSessionBody } from '@keyhold/api/console';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { SESSION_KEY } from '../api/queries.ts';

/** Goes in with a session that has just begun. */
export function useEntry(): (session: ConsoleSessionBody, to?: string) => void {
  const queries = useQueryClient();
  const router = useRouter();
  return (session, to = '/console/') => {
    queries.clear();
    queries.setQueryData(SESSION_KEY, session);
    router.history.replace(to);
  };
}
