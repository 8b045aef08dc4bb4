import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import net, { type Socket } from 'node:net';
import {
  type Change,
  type ChangeLog,
  type ChangePayload,
  createAuthority,
  createReplica,
  createSoleOwner,
  createVerifier,
  type ReplicatedKey,
  type ReplicatedOrganization,
} from '@keyhold/coherence';
import {
  bytesToKeyId,
  compileKeyFormat,
  defaultKeyspaceDefinition,
  digestKey,
  type KeyId,
  type KeyspaceDefinition,
} from '@keyhold/core';
import { createManualClock, createSeededRandom, type ManualClock } from '@keyhold/core/testing';
import { afterEach } from 'vitest';
import { createGateway, type Gateway, type GatewayDefinition, type GatewayOptions } from '../src/index.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Registers what to undo after the test; the last one first. */
export function afterThisTest(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export function keyspaceDefinition(overrides: Partial<KeyspaceDefinition> = {}): KeyspaceDefinition {
  return { ...defaultKeyspaceDefinition(), ...overrides };
}

interface IssuedKey {
  readonly id: KeyId;
  readonly presentedKey: string;
}

/** The whole of coherence over a change log in memory, with the mutations that the tests need. */
export interface Keyring {
  readonly verifier: ReturnType<typeof createVerifier>;
  issue(overrides?: Partial<ReplicatedKey>): Promise<IssuedKey>;
  /** Resolves when the change holds everywhere, as a call of the management API does. */
  change(id: KeyId, overrides: Partial<ReplicatedKey>): Promise<void>;
  /** A new secret; the old one ends at `notAfterMs`. */
  recycle(id: KeyId, notAfterMs: number): Promise<IssuedKey>;
  changeOrganization(overrides: Partial<ReplicatedOrganization>): Promise<void>;
  configure(definitions: readonly KeyspaceDefinition[]): Promise<void>;
  loseLease(): void;
}

export async function createKeyring(
  clock: ManualClock,
  definitions: readonly KeyspaceDefinition[],
): Promise<Keyring> {
  const randomBytes = createSeededRandom(7);
  const changes: Change[] = [];
  const log: ChangeLog = {
    async readChanges(afterSeq, limit) {
      return changes.slice(afterSeq, afterSeq + limit);
    },
    async readSnapshot(receive) {
      receive(toConfiguration(definitions));
      return 0;
    },
  };
  const replica = createReplica({ clock });
  const membership = createSoleOwner({ log, replica, clock });
  const authority = createAuthority({ membership, clock });
  await authority.start();
  const keys = new Map<KeyId, ReplicatedKey>();
  let organization: ReplicatedOrganization = {
    id: 'org-1',
    suspended: false,
    features: [],
    revokedThrough: {},
  };

  async function commit(payload: ChangePayload): Promise<void> {
    await authority.commit(async () => {
      changes.push({ seq: changes.length + 1, payload });
      return { seq: changes.length };
    });
  }
  async function put(key: ReplicatedKey): Promise<void> {
    keys.set(key.id, key);
    await commit({ kind: 'keys', keys: [key] });
  }
  function mint({ keyspace, environment }: { keyspace: string; environment: string | null }): string {
    const definition = definitions.find(({ id }) => id === keyspace)!;
    return compileKeyFormat(definition.key.format, definition.environments).mint(environment, randomBytes);
  }

  await commit({ kind: 'organization', organization });
  return {
    verifier: createVerifier({ replica, lease: membership.lease }),
    async issue(overrides = {}) {
      const id = bytesToKeyId(randomBytes(16));
      const where = { keyspace: 'default', environment: 'live', ...overrides };
      const presentedKey = mint(where);
      await put({
        id,
        number: keys.size + 1,
        organization: 'org-1',
        scopes: [],
        name: 'test',
        expiresAtMs: null,
        allowedCidrs: [],
        revoked: false,
        disabled: false,
        secrets: [{ digest: digestKey(presentedKey).toString('hex'), generation: 1, notAfterMs: null }],
        ...where,
      });
      return { id, presentedKey };
    },
    change: (id, overrides) => put({ ...keys.get(id)!, ...overrides }),
    async recycle(id, notAfterMs) {
      const key = keys.get(id)!;
      const presentedKey = mint(key);
      const [old] = key.secrets;
      const digest = digestKey(presentedKey).toString('hex');
      await put({
        ...key,
        secrets: [
          { ...old!, notAfterMs },
          { digest, generation: 2, notAfterMs: null },
        ],
      });
      return { id, presentedKey };
    },
    async changeOrganization(overrides) {
      organization = { ...organization, ...overrides };
      await commit({ kind: 'organization', organization });
    },
    configure: (configured) => commit(toConfiguration(configured)),
    loseLease: () => void membership.close(),
  };
}

function toConfiguration(definitions: readonly KeyspaceDefinition[]) {
  return {
    kind: 'configuration' as const,
    keyspaces: definitions.map((definition) => ({ definition, formerFormats: [] })),
  };
}

export function gatewayDefinition(
  upstream: string | Record<string, string>,
  overrides: Partial<GatewayDefinition> = {},
): GatewayDefinition {
  return {
    keyspace: 'default',
    listen: { kind: 'address', host: '127.0.0.1', port: 0 },
    upstream:
      typeof upstream === 'string'
        ? { all: new URL(upstream) }
        : { byEnvironment: new Map(Object.entries(upstream).map(([name, url]) => [name, new URL(url)])) },
    selfService: null,
    page: null,
    publicUrl: null,
    tls: null,
    publicOperations: [],
    corsPreflight: false,
    websocketOperations: [],
    timeouts: { connectMs: 5_000, answerMs: 30_000, idleMs: 60_000 },
    trustedProxies: [],
    forwardCredential: false,
    ...overrides,
  };
}

type Observed = Parameters<GatewayOptions['observe']>[0];

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly clock: ManualClock;
  readonly keyring: Keyring;
  readonly urls: readonly string[];
  readonly url: string;
  readonly port: number;
  readonly observed: readonly Observed[];
  readonly logged: readonly { readonly fields: object; readonly message: string }[];
}

/** A listening gateway over a keyring; closed after the test. */
export async function startGateway(
  definitions: readonly GatewayDefinition[],
  options: Partial<GatewayOptions> & { readonly keyspaces?: readonly KeyspaceDefinition[] } = {},
): Promise<RunningGateway> {
  const { keyspaces = [keyspaceDefinition()], ...overrides } = options;
  const clock = createManualClock();
  const keyring = await createKeyring(clock, keyspaces);
  const observed: Observed[] = [];
  const logged: { fields: object; message: string }[] = [];
  const write = (fields: object, message: string) => void logged.push({ fields, message });
  let requests = 0;
  const gateway = createGateway({
    definitions,
    sharedListener: null,
    verifier: keyring.verifier,
    selfService: async (_, response) => void response.end('self-service'),
    page: async (_, response) => void response.end('page'),
    clock,
    createRequestId: () => `req_${++requests}`,
    log: { info: write, warn: write, error: write },
    observe: (ended) => void observed.push(ended),
    ...overrides,
  });
  const listening = await gateway.listen();
  afterThisTest(async () => {
    const closed = gateway.close(0);
    clock.advance(1);
    await closed;
  });
  const urls = listening.map(({ url }) => url);
  const url = urls[0]!;
  return { gateway, clock, keyring, urls, url, port: Number(new URL(url).port), observed, logged };
}

export interface Upstream {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Every request that arrived, in order. */
  readonly requests: IncomingMessage[];
}

/** A real HTTP server behind the gateway; closed after the test. */
export async function startUpstream(handle: RequestListener): Promise<Upstream> {
  const requests: IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    requests.push(request);
    request.on('error', () => {});
    handle(request, response);
  });
  const port = await listen(server);
  afterThisTest(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, port, server, requests };
}

/** An upstream of bare bytes. */
export async function startRawUpstream(handle: (socket: Socket) => void): Promise<{ readonly url: string }> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    handle(socket);
  });
  const port = await listen(server);
  afterThisTest(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${port}` };
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterThisTest(() => void server.close());
  return portOf(server);
}

export function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The server is not listening.');
  return address.port;
}

/** An address of this machine where nothing listens. */
export async function unusedUrl(): Promise<string> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** A client of bare bytes, for what an HTTP client would tidy. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  /** Resolves when the connection is gone, with the code of its error if it had one. */
  readonly closed: Promise<string | null>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
    });
    this.closed = new Promise((resolve) => {
      let code: string | null = null;
      socket.on('error', (error: NodeJS.ErrnoException) => {
        code = error.code ?? 'error';
      });
      socket.on('close', () => resolve(code));
    });
    afterThisTest(() => void socket.destroy());
  }

  write(...lines: readonly string[]): this {
    this.socket.write(lines.join('\r\n'), 'latin1');
    return this;
  }

  /** Waits until what was received holds `pattern`. */
  async until(pattern: RegExp | string): Promise<string> {
    while (this.text.search(typeof pattern === 'string' ? escapeRegExp(pattern) : pattern) === -1) {
      if (this.socket.destroyed) throw new Error(`The connection ended with:\n${this.text}`);
      await Promise.race([once(this.socket, 'data'), this.closed]);
    }
    return this.text;
  }
}

function escapeRegExp(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

export async function connect(port: number): Promise<RawClient> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return new RawClient(socket);
}

/** Sends one request as bytes and reads until the connection ends; the request must say `Connection: close`. */
export async function exchangeRaw(port: number, ...lines: readonly string[]): Promise<string> {
  const client = (await connect(port)).write(...lines);
  await client.closed;
  return client.text;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly text: string;
}

export interface SendOptions {
  readonly method?: string;
  readonly path?: string;
  readonly key?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** Sends one request on a connection of its own and reads the whole answer. */
export async function send(port: number, options: SendOptions = {}): Promise<Answer> {
  const { method = 'GET', path = '/', key, headers = {}, body } = options;
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const request = http.request({
    port,
    host: '127.0.0.1',
    method,
    path,
    headers: { ...authorization, ...headers },
    agent: false,
  });
  request.end(body);
  const response = await responseTo(request);
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode!, headers: response.headers, rawHeaders: response.rawHeaders, text };
}

/** Resolves with the head of the answer. */
export function responseTo(request: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
}

/** A promise and its resolver, for a moment that a handler reaches. */
export function moment<T = void>(): { readonly reached: Promise<T>; reach(value: T): void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { reached: promise, reach: resolve };
}
