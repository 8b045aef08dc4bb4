import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createManualClock,
  createSeededRandom,
  type ManualClock,
  passTimeUntil,
} from '@keyhold/core/testing';
import type { Store } from '@keyhold/store';
import { countingStore } from '@keyhold/store/testing';
import type { IssuedKey } from '../_harness.ts';
import { type Answer, call } from '../_http.ts';
import { type Recorder, startRecorder } from '../_recorder.ts';
import { startTestServer } from '../_server.ts';
import type { Address } from './_wire.ts';

/**
 * A whole server with every listener it has, in this process: its clock moves by hand, its store counts its calls and its
 * log is kept. `scoped` has scopes and environments, `open` has neither and lets keys manage keys, `bare` has its keys in a
 * header of their own without a scheme, and keys of `brief` have to expire.
 */
export interface Target {
  readonly clock: ManualClock;
  readonly store: Store & { calls(): number };
  readonly upstream: Recorder;
  /** Every line of the log, as its caller wrote it. */
  readonly logged: readonly string[];
  readonly management: Address;
  readonly authorizeSocket: Address;
  readonly gateways: Readonly<Record<'scoped' | 'open' | 'bare', Address & { readonly port: number }>>;
  /** Of the first operator, with every scope. */
  readonly token: string;
  operator(method: string, path: string, body?: object): Promise<Answer>;
  /** Logs the first person in. @returns the cookie. */
  openConsole(): Promise<string>;
  createOrganization(id: string): Promise<void>;
  issue(fields?: object): Promise<IssuedKey>;
  portalToken(keyspace: string, organization: string): Promise<string>;
  stop(): Promise<void>;
}

export const CONFIGURATION = (upstream: string) => `
keyspaces:
  scoped:
    key: { format: "sc_{environment}_{random:base62:43}{checksum}", masked: "sc_{environment}_****{last:4}" }
    environments: [live, test]
    accepts_environments: [live]
    scopes:
      read: [GET /things, "GET /things/{id}"]
      write: [POST /things, "PUT /things/{id}"]
    gateway:
      listen: "127.0.0.1:0"
      upstream: "${upstream}"
      self_service: /keys
      websocket: [GET /things/socket]
  open:
    key: { format: "op_{random:hex:64}", masked: "{first:8}…" }
    limits: { active_keys_per_organization: 10 }
    errors: { unauthorized: { statusCode: 401, error: Unauthorized, message: Invalid or expired token } }
    gateway:
      listen: "127.0.0.1:0"
      upstream: "${upstream}"
      self_service: { path: /keys, keys_may_manage: true }
  bare:
    credential: { header: X-API-Key, scheme: null }
    key: { format: "{random:base64url:32}", masked: "{first:4}…" }
    gateway: { listen: "127.0.0.1:0", upstream: "${upstream}" }
  brief:
    key: { format: "br_{random:base62:43}", masked: "br_****{last:4}" }
    limits: { max_lifetime: 30d }
`;

/** What {@link Target.issue} asks for unless told otherwise. */
export const SCOPED_KEY = {
  keyspace: 'scoped',
  organization: 'acme',
  name: 'key',
  environment: 'live',
  scopes: ['read'],
};

export async function startTarget(): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-abuse-'));
  const authorizeSocket = join(directory, 'authorize.sock');
  const upstream = await startRecorder();
  const clock = createManualClock();
  const logged: string[] = [];
  const write = (fields: object, message: string) =>
    void logged.push(`${message} ${JSON.stringify(fields, withErrors)}`);
  let store: Target['store'] | undefined;
  const server = await startTestServer({
    yaml: CONFIGURATION(upstream.url),
    directory,
    flags: { data: join(directory, 'data'), authorize_socket: authorizeSocket },
    clock,
    randomBytes: createSeededRandom(5),
    log: { info: write, warn: write, error: write },
    decorateStore: (opened) => {
      store = countingStore(opened);
      return store;
    },
  });
  const token = server.firstToken;
  const { setUpUrl } = server;
  if (token === null || setUpUrl === null || store === undefined)
    throw new Error('A first start prints a token and a link, and opens a store.');

  const operator = (method: string, path: string, body?: object) =>
    call(method, `${server.url}${path}`, { key: token, body });
  async function created(path: string, body: object): Promise<unknown> {
    const answer = await operator('POST', path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.text}`);
    return answer.body;
  }
  const gateway = (keyspace: string) => {
    const found = server.gateways.find(({ keyspaces }) => keyspaces.includes(keyspace));
    return { port: portOf(found?.url) };
  };
  await created('/v1/organizations', { id: 'acme', name: 'Acme' });
  return {
    clock,
    store,
    upstream,
    logged,
    management: { port: portOf(server.url) },
    authorizeSocket: { path: authorizeSocket },
    gateways: { scoped: gateway('scoped'), open: gateway('open'), bare: gateway('bare') },
    token,
    operator,
    async openConsole() {
      const person = { name: 'Olu', email: 'olu@example.com', password: 'correct horse battery staple' };
      const answer = await fetch(`${server.url}/v1/console/setup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'keyhold-console': '1' },
        body: JSON.stringify({ code: new URL(setUpUrl).hash.slice(1), ...person }),
      });
      const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
      if (cookie === undefined) throw new Error(await answer.text());
      return cookie;
    },
    async createOrganization(id) {
      await created('/v1/organizations', { id, name: id });
    },
    issue: async (fields = {}) => (await created('/v1/keys', { ...SCOPED_KEY, ...fields })) as IssuedKey,
    async portalToken(keyspace, organization) {
      return ((await created('/v1/portal-sessions', { keyspace, organization })) as { token: string }).token;
    },
    async stop() {
      // A connection that a failed test left open is cut at a deadline.
      await passTimeUntil(server.stop(), clock, 1_000);
      await upstream.close();
      await rm(directory, { recursive: true });
    },
  };
}

function portOf(url: string | null | undefined): number {
  if (typeof url !== 'string') throw new Error('There is no such listener.');
  return Number(new URL(url).port);
}

/** An error's text is not among its own enumerable properties. */
function withErrors(_: string, value: unknown): unknown {
  return value instanceof Error ? { message: value.message, stack: value.stack, cause: value.cause } : value;
}
