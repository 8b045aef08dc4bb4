/* oxlint-disable typescript/no-explicit-any -- what a test reads out of a body it also expects something of */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type OutgoingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Authority,
  type Barrier,
  createAuthority,
  createReplica,
  createSoleOwner,
  createVerifier,
  type Verifier,
} from '@keyhold/coherence';
import {
  type KeyspaceDefinition,
  parseClientAddress,
  type RandomBytes,
  readCredential,
  readRequestTarget,
} from '@keyhold/core';
import { createManualClock, createSeededRandom, type ManualClock } from '@keyhold/core/testing';
import { openSqliteStore, type Store } from '@keyhold/store';
import { countingStore } from '@keyhold/store/testing';
import { startClaimExpiry } from '../src/claims/claim-expiry.ts';
import { createClaimLinks } from '../src/claims/claim-links.ts';
import { createCluster } from '../src/cluster.ts';
import { CONSOLE_SECRET, createConsoleLinks } from '../src/console/console-links.ts';
import { createConsoleParts } from '../src/console/console-parts.ts';
import type { OidcSettings } from '../src/console/oidc-settings.ts';
import { defaultGuide } from '../src/guide/guide-definition.ts';
import { createKeyService, type KeyService } from '../src/keys/key-service.ts';
import { createManagementListener } from '../src/management/listener.ts';
import { createMetrics, type Metrics } from '../src/observability/metrics.ts';
import { createUsageRecorder, type UsageRecorder } from '../src/observability/usage-recorder.ts';
import { observedVerifier } from '../src/observability/verification-observer.ts';
import { createOperatorService, type OperatorService } from '../src/operators/operator-service.ts';
import { createKeysPage } from '../src/pages/keys-page.ts';
import { createPageAddresses } from '../src/pages/page-addresses.ts';
import { createPageFiles } from '../src/pages/page-files.ts';
import { createPortalSessions } from '../src/portal/portal-sessions.ts';
import { createSelfService } from '../src/self-service/self-service.ts';
import { createAuthorizeListener } from '../src/verification/authorize-listener.ts';

/** An answer, read whole. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: see the first line
  readonly body: any;
}

export interface Send {
  readonly method?: string;
  /** Null: no Authorization. Default: the first operator's token. */
  readonly token?: string | null;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it stands. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export interface LoggedLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A whole Keyhold but for its process: real store, replica, authority and listeners, with a clock moved by hand. */
export interface TestApi {
  readonly clock: ManualClock;
  readonly store: Store & { calls(): number };
  readonly authority: Authority;
  readonly verifier: Verifier;
  /** From then on nothing is verified. */
  readonly loseLease: () => void;
  readonly keys: KeyService;
  readonly operators: OperatorService;
  readonly usage: UsageRecorder;
  readonly metrics: Metrics;
  readonly logged: LoggedLine[];
  /** The first operator's token, with every scope. */
  readonly token: string;
  readonly port: number;
  readonly gatewayPort: number;
  readonly authorizeSocket: string;
  ready: boolean;
  /** While true, no change is confirmed everywhere. */
  pending: boolean;
  send(path: string, options?: Send): Promise<Reply>;
  /** To the self-service mount of a keyspace, as the gateway would hand it over: `/esms-africa`, `/esms-africa/12` … */
  selfService(path: string, options?: Send): Promise<Reply>;
  /** The code of a link that makes the first person. */
  createSetUpCode(): Promise<string>;
  /** Creates a token with some scopes. */
  createToken(scopes: readonly string[], keyspaces?: readonly string[] | null): Promise<string>;
  close(): Promise<void>;
}

export const DEFINITIONS: readonly KeyspaceDefinition[] = [
  define('esms-africa', {
    key: {
      format: 'esms_{environment}_{random:base36:32}',
      masked: 'esms_{environment}_****{last:4}',
      alsoAccepted: [],
    },
    environments: ['live', 'test'],
    acceptsEnvironments: ['live', 'test'],
    scopes: {
      send: ['POST /api/messages/send', 'POST /api/messages/send-bulk'],
      query: ['GET /api/messages', 'GET /api/messages/{id}'],
      webhooks: ['GET /api/webhooks', 'PUT /api/webhooks'],
    },
    recycle: { maxGraceMs: 3_600_000 },
  }),
  define('localleads', {
    key: { format: 'll_{random:hex:64}', masked: '{first:13}…', alsoAccepted: [] },
    limits: { activeKeysPerOrganization: 3, maxLifetimeMs: null },
    errors: { unauthorized: { statusCode: 401, error: 'Unauthorized', message: 'Invalid or expired token' } },
  }),
  define('local-esim', {
    key: { format: '{random:base64url:32}', masked: '{first:4}…', alsoAccepted: [] },
    environments: ['production', 'test'],
    acceptsEnvironments: ['production'],
    requiresFeature: 'partner-api',
  }),
];

export function define(id: string, fields: Partial<KeyspaceDefinition>): KeyspaceDefinition {
  return {
    id,
    title: null,
    realm: id,
    credential: { header: 'authorization', scheme: 'Bearer' },
    key: { format: `${id}_{random:base62:43}`, masked: '****{last:4}', alsoAccepted: [] },
    environments: [],
    acceptsEnvironments: [],
    scopes: null,
    requiresFeature: null,
    recycle: { maxGraceMs: 0 },
    limits: { activeKeysPerOrganization: null, maxLifetimeMs: null },
    retired: false,
    errors: {},
    ...fields,
  };
}

export interface TestApiOptions {
  readonly definitions?: readonly KeyspaceDefinition[];
  readonly trustedProxies?: readonly string[];
  readonly keysMayManage?: (keyspace: string) => boolean;
  readonly randomBytes?: RandomBytes;
  readonly oidc?: OidcSettings;
}

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { definitions = DEFINITIONS, trustedProxies = [] } = options;
  let api: TestApi | undefined;
  const keysMayManage = options.keysMayManage ?? ((keyspace) => keyspace === 'localleads');
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-api-'));
  const clock = createManualClock();
  const randomBytes = options.randomBytes ?? createSeededRandom(7);
  const logged: LoggedLine[] = [];
  const logTo = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields, message });
  const log = { info: logTo('info'), warn: logTo('warn'), error: logTo('error') };

  const store = countingStore(
    await openSqliteStore({ file: join(directory, 'keyhold.db'), clock, randomBytes }),
  );
  const system = { actor: { kind: 'system', name: 'test' }, requestId: null, sourceAddress: null } as const;
  await store.applyConfiguration(system, { keyspaces: definitions }, { acceptOlder: false });
  const replica = createReplica({ clock, onEndFailure: (error) => log.error({ err: error }, 'end failed') });
  const owner = createSoleOwner({ log: store, replica, clock });
  const barrier: Barrier = {
    waitFor: async (seq) => (api?.pending ? 'pending' : await owner.barrier.waitFor(seq)),
  };
  const membership = { ...owner, barrier };
  const authority = createAuthority({ membership, clock });
  await authority.start();
  const verifier = createVerifier({ replica, lease: owner.lease });
  const parts = { store, authority, verifier, clock, randomBytes };
  const operators = createOperatorService(parts);
  const claimKey = await store.secretFor('claim-link');
  const claimLinks = createClaimLinks({ ...parts, macKey: claimKey });
  const keys = createKeyService({ ...parts, claimLinks });
  const stopClaimExpiry = startClaimExpiry({ ...parts, log });
  const macKey = await store.secretFor('portal-session');
  const cursorKey = await store.secretFor('cursor');
  const portalSessions = createPortalSessions({ store, clock, randomBytes, macKey });
  const pageAddresses = createPageAddresses([], null);
  const guides = definitions.map((definition) => ({ ...defaultGuide(definition), isPublic: true }));
  const pageFiles = createPageFiles();
  const page = createKeysPage({
    ...parts,
    keys,
    portalSessions,
    guides,
    pageAddresses,
    pageFiles,
    log,
    cursorKey,
  });
  const usage = createUsageRecorder({ clock, store, node: 'test', log });
  const metrics = createMetrics();
  let requests = 0;
  const createRequestId = () => `req_${++requests}`;
  const selfService = createSelfService({
    ...parts,
    keys,
    portalSessions,
    cursorKey,
    log,
    verifier: observedVerifier(verifier, { face: 'self_service', usage, metrics }),
  });
  const faces = {
    ...parts,
    cluster: createCluster({ membership, readRows: null, nodeName: 'test', clock }),
    replica,
    operators,
    keys,
    portalSessions,
    claimLinks,
    page,
    selfService,
    pageAddresses,
    usage,
    metrics,
    log,
    cursorKey,
    createRequestId,
    trustedProxies,
  };
  const consoleParts = await createConsoleParts({
    ...parts,
    oidc: options.oidc ?? null,
    address: () => `http://127.0.0.1:${started.port}`,
    log,
  });
  const { token } = await operators.bootstrap(null);

  const listener = createManagementListener({
    ...faces,
    ...consoleParts,
    pageFiles,
    isReady: () => api?.ready === true,
    version: '1.2.3',
    publicUrl: null,
    address: () => `http://127.0.0.1:${started.port}`,
    guides,
    gatewayAddress: () => null,
  });
  const management = await listen(createServer(listener), 0);
  const gateway = await listen(
    createServer((request, response) => {
      const target = readRequestTarget(request.url ?? '');
      if (!target.ok) throw new Error('tests send canonical paths');
      const [, mount = '', subPath = ''] = /^\/([^/]+)(.*)$/.exec(target.path) ?? [];
      const keyspace = verifier.keyspace(mount)!;
      void selfService(request, response, {
        keyspace,
        keysMayManage: keysMayManage(mount),
        mount: `/${mount}`,
        subPath,
        query: target.query,
        credential: readCredential(keyspace.definition.credential, request.rawHeaders),
        clientAddress: parseClientAddress(request.socket.remoteAddress ?? ''),
        requestId: createRequestId(),
      });
    }),
    0,
  );
  const authorizeSocket = join(directory, 'authorize.sock');
  const socket = await listen(createServer(createAuthorizeListener(faces)), authorizeSocket);

  const started: TestApi = {
    ...faces,
    loseLease: () => void owner.close(),
    logged,
    token: token!,
    port: portOf(management),
    gatewayPort: portOf(gateway),
    authorizeSocket,
    ready: true,
    pending: false,
    send: (path, send = {}) => exchange({ port: started.port }, path, { token: started.token, ...send }),
    selfService: (path, send = {}) => exchange({ port: started.gatewayPort }, path, send),
    async createSetUpCode() {
      const macKey = await store.secretFor(CONSOLE_SECRET);
      return createConsoleLinks({ clock, macKey }).createSetUpPath().split('#')[1] ?? '';
    },
    async createToken(scopes, keyspaces = null) {
      const reply = await started.send('/v1/operators', {
        json: { name: `${scopes.length} scopes`, scopes, keyspaces },
      });
      if (reply.status !== 201) throw new Error(reply.text);
      return reply.body.token;
    },
    async close() {
      stopClaimExpiry();
      for (const server of [management, gateway, socket]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      await usage.close();
      await authority.close();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  api = started;
  return started;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function listen(server: Server, where: number | string): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'number') server.listen(where, '127.0.0.1', resolve);
    else server.listen(where, resolve);
  });
  return server;
}

/** One request on a connection of its own, exactly as told. */
export function exchange(
  where: { readonly port: number } | { readonly socketPath: string },
  path: string,
  send: Send,
): Promise<Reply> {
  const body = send.json === undefined ? send.raw : JSON.stringify(send.json);
  const headers: OutgoingHttpHeaders = {
    ...(send.json !== undefined && { 'content-type': 'application/json' }),
    ...(typeof send.token === 'string' && { authorization: `Bearer ${send.token}` }),
    ...send.headers,
  };
  return new Promise((resolve, reject) => {
    const method = send.method ?? (body === undefined ? 'GET' : 'POST');
    const request = httpRequest(
      { host: '127.0.0.1', ...where, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json(?:;|$)/.test(response.headers['content-type'] ?? '') && text !== '';
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: isJson ? JSON.parse(text) : null,
          });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** An organization and a key of it; the answer to the issue. */
export async function issueKey(
  api: TestApi,
  fields: { readonly organization?: string; readonly [field: string]: unknown } = {},
): Promise<Reply['body']> {
  const organization = fields.organization ?? 'acme';
  await api.send('/v1/organizations', {
    json: { id: organization, name: organization, features: ['partner-api'] },
  });
  const reply = await api.send('/v1/keys', { json: { ...ESMS_KEY, organization, ...fields } });
  if (reply.status !== 201) throw new Error(reply.text);
  return reply.body;
}

export const ESMS_KEY = {
  keyspace: 'esms-africa',
  organization: 'acme',
  name: 'Production server',
  environment: 'live',
  scopes: ['send', 'query'],
};
export const LEADS_KEY = { keyspace: 'localleads', environment: undefined, scopes: undefined };
