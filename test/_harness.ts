import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type KeyholdProcess, startKeyhold as startProcess } from '../examples/demo/keyhold-process.ts';
import { type Answer, call } from './_http.ts';

export { openPortalSession } from '../examples/demo/operator.ts';

/** What a call that shows a secret answers with, as far as tests read it. */
export interface IssuedKey {
  readonly id: string;
  readonly number: number;
  readonly key: string;
  readonly name: string;
  readonly organization: string;
  readonly masked_key: string;
}

/** A Keyhold process of the test's own, on free ports and a data directory that goes with it. */
export interface Keyhold {
  /** Where the management API answers. */
  readonly url: string;
  readonly dataDirectory: string;
  readonly operatorToken: string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<unknown>;
  /** Everything the process has written. */
  output(): string;
  /** Where the gateway serves this keyspace. */
  gateway(keyspace: string): string;
  /** A call to the management API with the operator's token. */
  operator(method: string, path: string, body?: object): Promise<Answer>;
  createOrganization(id: string, fields?: object): Promise<void>;
  issue(request: object): Promise<IssuedKey>;
  /** Issues a key that expires soon, and waits until it has. */
  issueExpired(request: object): Promise<IssuedKey>;
  /** The token of a new portal session. */
  portalToken(keyspace: string, organization: string): Promise<string>;
  /** SIGKILL, without a wait. */
  kill(): void;
  /** Stops the process in order; its data stays. */
  shutDown(): Promise<void>;
  /** A new process on the same data, once this one is gone. */
  restart(): Promise<Keyhold>;
  /** Stops the process in order and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts the real command with this configuration and waits until it is ready.
 *
 * @param parent where its directory is made.
 */
export async function startKeyhold(configuration: string, parent: string = tmpdir()): Promise<Keyhold> {
  const directory = await mkdtemp(join(parent, 'keyhold-test-'));
  await writeFile(join(directory, 'keyhold.yaml'), configuration);
  try {
    return await startIn(directory, null);
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }
}

async function startIn(directory: string, knownToken: string | null): Promise<Keyhold> {
  const dataDirectory = join(directory, 'data');
  const process = await startProcess({ configFile: join(directory, 'keyhold.yaml'), dataDirectory, port: 0 });
  const operatorToken = knownToken ?? process.printedOperatorToken;
  if (operatorToken === null) throw new Error(`No operator token was printed:\n${process.output()}`);
  return {
    url: process.url,
    dataDirectory,
    operatorToken,
    exited: process.exited,
    output: () => withoutToken(process, operatorToken),
    gateway: (keyspace) => process.gateway(keyspace),
    ...managementOf(process.url, operatorToken),
    kill: () => process.kill(),
    shutDown: () => process.stop(),
    async restart() {
      await process.exited;
      return startIn(directory, operatorToken);
    },
    async stop() {
      await process.stop();
      await rm(directory, { recursive: true });
    },
  };
}

function managementOf(url: string, operatorToken: string) {
  const operator = (method: string, path: string, body?: object) =>
    call(method, url + path, { key: operatorToken, body });

  async function created(path: string, body: object): Promise<unknown> {
    const answer = await operator('POST', path, body);
    expect(answer.status, `POST ${path}: ${answer.text}`).toBe(201);
    return answer.body;
  }

  return {
    operator,
    async createOrganization(id: string, fields: object = {}) {
      await created('/v1/organizations', { id, name: id, ...fields });
    },
    issue: async (request: object) => (await created('/v1/keys', request)) as IssuedKey,
    async issueExpired(request: object) {
      // On a slow machine a short expiry may have passed before the call is read; a longer one then does it.
      for (let expiresInMs = 1_000; ; expiresInMs *= 2) {
        const expires_at = new Date(Date.now() + expiresInMs).toISOString();
        const answer = await operator('POST', '/v1/keys', { ...request, expires_at });
        if (answer.status === 422) continue;
        const issued = answer.body as IssuedKey;
        await expect
          .poll(async () => (await operator('POST', '/v1/verify', { key: issued.key })).body, {
            timeout: 60_000,
          })
          .toEqual({ valid: false, reason: 'expired' });
        return issued;
      }
    },
    async portalToken(keyspace: string, organization: string) {
      return ((await created('/v1/portal-sessions', { keyspace, organization })) as { token: string }).token;
    },
  };
}

/** The very first start prints its token, once and on purpose. */
function withoutToken(process: KeyholdProcess, operatorToken: string): string {
  return process.output().replace(operatorToken, '');
}

/** The files below a directory whose bytes hold these. */
export async function filesContaining(directory: string, bytes: string | Uint8Array): Promise<string[]> {
  const found = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).includes(bytes)) found.push(path);
  }
  return found;
}
