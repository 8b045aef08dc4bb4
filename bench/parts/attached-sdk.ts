import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createVerifier } from '@keyhold/sdk';
import { startKeyhold } from './keyhold.ts';

const KEYS_A_CALL = 1_000;

/** The SDK attached to a real server that has these keys, and the same server asked over HTTP. */
export async function attachSdk(texts: readonly string[]) {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
  const keyhold = await startKeyhold({ dataDirectory });
  await keyhold.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  for (let i = 0; i < texts.length; i += KEYS_A_CALL) {
    const keys = texts
      .slice(i, i + KEYS_A_CALL)
      .map((key, row) => ({ organization: 'acme', name: `Key number ${i + row}`, key }));
    await keyhold.call('POST', '/v1/keys/import', { keyspace: 'default', keys });
  }
  const verifier = createVerifier({ url: keyhold.url, token: keyhold.token, keyspaces: ['default'] });
  await verifier.ready(60_000);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${keyhold.token}`, 'content-type': 'application/json' };

  return {
    verify: (key: string): boolean => verifier.verify(key, { keyspace: 'default' }).valid,
    /** One question at a time, on one connection. */
    async ask(key: string): Promise<boolean> {
      const body = JSON.stringify({ key, keyspace: 'default' });
      const outgoing = request(`${keyhold.url}/v1/verify`, { method: 'POST', agent, headers });
      outgoing.end(body);
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      return (await text(response)).startsWith('{"valid":true');
    },
    /** Lets it take grants, which nobody else's turn leaves it time for. */
    async rest(): Promise<void> {
      do await delay(10);
      while (!verifier.status().answering);
    },
    async close(): Promise<void> {
      agent.destroy();
      await verifier.close();
      await keyhold.stop();
      rmSync(dataDirectory, { recursive: true });
    },
  };
}
