import { join } from 'node:path';
import { compileKeyspace, OPERATOR_KEYSPACE_DEFINITION } from '@keyhold/core';
import { systemRandomBytes } from '@keyhold/server';
import { freePort, type MeasuredProcess, startProcess } from './process.ts';

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
    async call(method, path, body) {
      const answer = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!answer.ok)
        throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as Record<string, unknown>;
    },
  };
}

export function mintOperatorToken(): string {
  return compileKeyspace(OPERATOR_KEYSPACE_DEFINITION, []).format.mint(null, systemRandomBytes);
}
