import type { KeysPageSession } from '@keyhold/api/keys-page';
import type { KeysClient } from '../api/keys-client.ts';

let exchange: Promise<KeysPageSession> | null = null;

/** A code works once, and an effect of React may run twice; so it is sent by the first and awaited by both. */
export function exchangeOnce(client: KeysClient, code: string): Promise<KeysPageSession> {
  exchange ??= client.openSession(code);
  return exchange;
}
