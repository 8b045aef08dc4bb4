import type { OperatorScopeName } from '@keyhold/api';
import type { ConsoleSessionBody } from '@keyhold/api/console';
import { createContext, useContext } from 'react';
import type { ConsoleClient } from '../api/console-client.ts';

/** Stands around everything, logged in or not. */
export const ConsoleClientContext = createContext<ConsoleClient | null>(null);
/** Stands around every view behind the log-in. */
export const ConsoleSessionContext = createContext<ConsoleSessionBody | null>(null);

export function useConsoleClient(): ConsoleClient {
  const client = useContext(ConsoleClientContext);
  if (client === null) throw new Error('This part stands outside of the console.');
  return client;
}

/** Who is logged in. */
export function useConsoleSession(): ConsoleSessionBody {
  const session = useContext(ConsoleSessionContext);
  if (session === null) throw new Error('This part needs somebody who is logged in.');
  return session;
}

/** Whether the person may do this; what they may not do is not shown. */
export function useMay(scope: OperatorScopeName): boolean {
  return useConsoleSession().scopes.includes(scope);
}
