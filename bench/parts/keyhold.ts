import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { compileKeyspace, OPERATOR_KEYSPACE_DEFINITION } from '@keyhold/core';
import { systemRandomBytes } from '@keyhold/server';
import { freePort, type MeasuredProcess, startProcess } from './process.ts';

const KEPT_ALIVE = new Agent({ keepAlive: true });
const COMMAND = join(import.meta.dirname, '../../packages/server/bin/keyhold.js');

/** The real command, in a process of its own. */
export interface Keyhold extends MeasuredProcess {
  readonly url: string;
  readonly token: string;
  /** Calls the management API. @throws when the answer is not 2xx. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
}

/** Where the store is new, the token is its first operator's; a store that is not new must have it already. */
export async function startKeyhold(options: {
  readonly dataDirectory: string;
  readonly token?: string;
  readonly flags?: readonly string[];
}): Promise<Keyhold> {
  const { dataDirectory, token = mintOperatorToken(), flags = [] } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const measured = await startProcess({
    command: process.execPath,
    args: [COMMAND, 'serve', '--data', dataDirectory, '--port', String(port), ...flags],
    env: { ...process.env, KEYHOLD_OPERATOR_TOKEN: token, KEYHOLD_LOG_LEVEL: 'warn' },
    isReady: async () => (await fetch(`${url}/readyz`)).ok,
  });
  return {
    ...measured,
    url,
    token,
    call: (method, path, body) => call(url + path, method, token, body),
  };
}

/** By Node's plain client: `fetch` takes half a millisecond more of the processor that is measured. */
async function call(
  url: string,
  method: string,
  token: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const asking = request(url, { method, headers, agent: KEPT_ALIVE });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const content = await text(answer);
  if (answer.statusCode! >= 300) {
    throw new Error(`${method} ${url} was answered ${answer.statusCode}: ${content}`);
  }
  return JSON.parse(content) as Record<string, unknown>;
}

export function mintOperatorToken(): string {
  return compileKeyspace(OPERATOR_KEYSPACE_DEFINITION, []).format.mint(null, systemRandomBytes);
}
