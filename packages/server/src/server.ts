import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Clock, KeyholdError } from '@keyhold/core';
import { createGateway, type Gateway } from '@keyhold/gateway';
import type { Configuration } from './config/configuration.ts';
import { toGatewayAddress } from './guide/gateway-address.ts';
import { createKeyService } from './keys/key-service.ts';
import { createManagementListener } from './management/listener.ts';
import { createMetrics } from './observability/metrics.ts';
import { createUsageRecorder } from './observability/usage-recorder.ts';
import { observedVerifier } from './observability/verification-observer.ts';
import { createPortalSessions } from './portal/portal-sessions.ts';
import { watchClock } from './process/clock-watch.ts';
import { createControlCommands } from './process/control-commands.ts';
import { listenOnControlSocket } from './process/control-socket.ts';
import { dataDirectoryFiles } from './process/data-directory.ts';
import { bindHttp } from './process/http-listener.ts';
import { systemErrorCode } from './process/system-error.ts';
import { bindUnixHttp } from './process/unix-listener.ts';
import { createSelfService } from './self-service/self-service.ts';
import type { Settings } from './settings/settings.ts';
import { type Machine, openStoreOwner, type StoreOwner } from './store-owner.ts';
import { createAuthorizeListener } from './verification/authorize-listener.ts';
import { VERSION } from './version.ts';

/**
 * How long a stopping server lets requests finish. Kubernetes kills after 30 s by default; the rest is for writing out
 * counts and closing the store.
 */
const DRAIN_DEADLINE_MS = 20_000;

/** What the management port, which closes last, has for its own requests however long the others took. */
const LAST_DRAIN_MS = 5_000;

/** How long `/readyz` says no at the least before the management port closes, for a probe that comes by. */
const DRAIN_NOTICE_MS = 500;

/** Rows of usage say which process counted. One process owns the store, and a name per process would only make more rows. */
const NODE_NAME = 'local';

export interface ServerOptions extends Machine {
  readonly settings: Settings;
  readonly configuration: Configuration;
  /** `--accept-older-configuration`. */
  readonly acceptOlderConfiguration: boolean;
  /** From the environment: the first operator's token on a new store; null: one is made. */
  readonly operatorToken: string | null;
}

export interface RunningServer {
  /** Of the management port; null without the role `api`. */
  readonly url: string | null;
  readonly gateways: readonly { readonly keyspaces: readonly string[]; readonly url: string }[];
  /** To be printed, once; null on every start but the very first. */
  readonly firstToken: string | null;
  /** Says no to `/readyz`, lets requests finish, writes out what was counted, and lets go of everything. */
  stop(): Promise<void>;
}

/**
 * The composition root: makes every part of a server and puts them together.
 *
 * @throws {KeyholdError} with a startup code; nothing stays open or bound then.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, configuration, acceptOlderConfiguration } = options;
  const tls = readTls(settings.tls);
  await using started = new AsyncDisposableStack();
  const { keyspaces } = configuration;
  const owner = await openStoreOwner(settings, { keyspaces, acceptOlder: acceptOlderConfiguration }, options);
  started.use(owner);
  started.defer(watchClock(options));
  const parts = await createParts(owner, options);
  started.defer(() => parts.usage.close());

  const faces: Closable[] = [];
  let managementPort: Closable | null = null;
  let ready = false;
  started.defer(async () => {
    const { clock } = options;
    const endMs = clock.monotonicMs() + DRAIN_DEADLINE_MS;
    const notice = ready && managementPort !== null ? wait(clock, DRAIN_NOTICE_MS) : null;
    ready = false;
    await Promise.all(faces.map((face) => face.close(DRAIN_DEADLINE_MS)));
    // Last, so that whoever asks whether it is ready is told that it is not, for as long as requests finish.
    await notice;
    await managementPort?.close(Math.max(LAST_DRAIN_MS, endMs - clock.monotonicMs()));
  });
  let url: string | null = null;
  let gateways: RunningServer['gateways'] = [];
  if (settings.roles.includes('api')) {
    const { publicUrl } = settings;
    const management = createManagementListener({
      ...parts,
      isReady: () => ready,
      version: VERSION,
      publicUrl,
      address: () => url ?? toUrl(settings, settings.port),
      guides: configuration.guides,
      gatewayAddress: (keyspace) => findGatewayAddress(keyspace, options, gateways),
    });
    started.defer(() => management.close());
    const { host, port } = settings;
    const listener = await bindHttp(management, { host, port }, tls, parts);
    managementPort = listener;
    url = publicUrl?.href.replace(/\/$/, '') ?? toUrl(settings, listener.port);
    const { authorizeSocketPath } = settings;
    if (authorizeSocketPath !== null) {
      faces.push(await bindUnixHttp(createAuthorizeListener(parts), authorizeSocketPath, parts));
    }
  }
  if (settings.roles.includes('gateway') && configuration.gateways.length > 0) {
    const gateway = assembleGateway(parts, options);
    gateways = await gateway.listen();
    faces.push(gateway);
  }
  const { controlSocket } = dataDirectoryFiles(settings.dataDirectory);
  const control = await listenOnControlSocket(controlSocket, createControlCommands(owner));
  started.defer(() => control.close());
  owner.directory.describeOwner({ pid: process.pid, url });

  // Last, because the token is shown once and nothing may fail between making and showing it.
  const { token: firstToken } = await owner.operators.bootstrap(options.operatorToken);
  ready = true;
  const resources = started.move();
  return { url, gateways, firstToken, stop: () => resources.disposeAsync() };
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(ms, resolve));
}

interface Closable {
  close(deadlineMs: number): Promise<void>;
}

type Parts = Awaited<ReturnType<typeof createParts>>;

/** What the faces share. */
async function createParts(owner: StoreOwner, { clock, randomBytes, log, settings }: ServerOptions) {
  const { store, authority, verifier, replica, operators } = owner;
  const metrics = createMetrics();
  const usage = createUsageRecorder({ clock, store, node: NODE_NAME, log });
  const keys = createKeyService({ store, authority, verifier, clock, randomBytes });
  const macKey = await store.secretFor('portal-session');
  const portalSessions = createPortalSessions({ store, clock, randomBytes, macKey });
  const cursorKey = await store.secretFor('cursor');
  const createRequestId = () => randomUUID();
  const { trustedProxies } = settings;
  return {
    store,
    authority,
    verifier,
    replica,
    operators,
    metrics,
    usage,
    keys,
    portalSessions,
    cursorKey,
    createRequestId,
    trustedProxies,
    clock,
    randomBytes,
    log,
  };
}

function assembleGateway(parts: Parts, { configuration, settings }: ServerOptions): Gateway {
  const { verifier, usage, metrics, clock, createRequestId, log } = parts;
  const observed = (face: 'gateway' | 'self_service') => observedVerifier(verifier, { face, usage, metrics });
  return createGateway({
    definitions: configuration.gateways,
    sharedListener:
      settings.gatewayPort === null ? null : { host: settings.host, port: settings.gatewayPort },
    verifier: observed('gateway'),
    selfService: createSelfService({ ...parts, verifier: observed('self_service') }),
    clock,
    createRequestId,
    log,
    observe: (ended) => metrics.observeGateway(ended),
  });
}

function findGatewayAddress(
  keyspace: string,
  { configuration, settings }: ServerOptions,
  bound: RunningServer['gateways'],
): string | null {
  const definition = configuration.gateways.find((gateway) => gateway.keyspace === keyspace);
  if (definition === undefined) return null;
  const listener = bound.find(({ keyspaces }) => keyspaces.includes(keyspace));
  return toGatewayAddress(definition, listener === undefined ? settings.gatewayPort : portOf(listener.url));
}

/** Node's URL leaves the scheme's own port out. */
function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function readTls(tls: Settings['tls']): { readonly cert: Buffer; readonly key: Buffer } | null {
  if (tls === null) return null;
  const read = (flag: string, path: string) => {
    try {
      return readFileSync(path);
    } catch (error) {
      const reason = systemErrorCode(error);
      throw new KeyholdError(
        'settings_invalid',
        `${flag}: ${path} cannot be read (${reason}); name a PEM file`,
        { cause: error },
      );
    }
  };
  return { cert: read('--tls-cert', tls.certPath), key: read('--tls-key', tls.keyPath) };
}

/** An address that stands for every one of the machine is reached by loopback. */
function toUrl({ host, tls }: Settings, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${tls === null ? 'http' : 'https'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
