import type { KeysPageSession } from '@keyhold/api/keys-page';
import { createContext, type ReactNode, useContext } from 'react';
import type { KeysClient } from '../api/keys-client.ts';
import type { Say } from '../strings.ts';
import type { TimeText } from './time-text.ts';

/** What everything on a page is given. */
export interface Surroundings {
  readonly say: Say;
  readonly time: TimeText;
  /** Where popups go: inside the shadow root of an element; undefined: the document's body. */
  readonly popups: HTMLElement | undefined;
}

const SurroundingsContext = createContext<Surroundings | null>(null);
const ClientContext = createContext<KeysClient | null>(null);
const SessionContext = createContext<KeysPageSession | null>(null);

export function SurroundingsProvider(props: { readonly value: Surroundings; readonly children: ReactNode }) {
  return <SurroundingsContext value={props.value}>{props.children}</SurroundingsContext>;
}

export function ClientProvider(props: { readonly value: KeysClient; readonly children: ReactNode }) {
  return <ClientContext value={props.value}>{props.children}</ClientContext>;
}

export function SessionProvider(props: { readonly value: KeysPageSession; readonly children: ReactNode }) {
  return <SessionContext value={props.value}>{props.children}</SessionContext>;
}

export function useSurroundings(): Surroundings {
  const value = useContext(SurroundingsContext);
  if (value === null) throw new Error('This part stands outside of its page.');
  return value;
}

/** The calls of the API Keys page. */
export function useClient(): KeysClient {
  const value = useContext(ClientContext);
  if (value === null) throw new Error('This part needs the calls of its page.');
  return value;
}

export function useSession(): KeysPageSession {
  const value = useContext(SessionContext);
  if (value === null) throw new Error('This part needs a session.');
  return value;
}
