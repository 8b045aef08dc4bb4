import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { Authority, Membership, Replica, Verifier } from '@keyhold/coherence';
import { type Clock, KeyholdError, type RandomBytes } from '@keyhold/core';
import { createGateway, type Gateway } from '@keyhold/gateway';
import type { Store } from '@keyhold/store';
import { createAttachFace } from './attach/attach-face.ts';
import { createClaimLinks } from './claims/claim-links.ts';
import type { Cluster } from './cluster.ts';
import type { Configuration } from './config/configuration.ts';
import { createConsoleParts } from './console/console-parts.ts';
import { createKeyService } from './keys/key-service.ts';
import { createManagementListener, type ManagementListenerOptions } from './management/listener.ts';
import type { Log } from './observability/log.ts';
import type { Metrics } from './observability/metrics.ts';
import { createUsageRecorder } from './observability/usage-recorder.ts';
import { observedVerifier } from './observability/verification-observer.ts';
import { createOperatorAuthenticator } from './operators/operator-authenticator.ts';
import type { OperatorService } from './operators/operator-service.ts';
import { createKeysPage } from './pages/keys-page.ts';
import { createPageAddresses } from './pages/page-addresses.ts';
import { createPageFiles } from './pages/page-files.ts';
import { createPortalSessions } from './portal/portal-sessions.ts';
import { bindHttp } from './process/http-listener.ts';
import { systemErrorCode } from './process/system-error.ts';
import { bindUnixHttp } from './process/unix-listener.ts';
import { createSelfService } from './self-service/self-service.ts';
import { toLocalUrl } from './settings/local-url.ts';
import type { Settings } from './settings/settings.ts';
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

/** What the faces stand on, in whichever process they are. */
export interface Footing {
  readonly store: Store;
  readonly authority: Pick<Authority, 'commit'>;
  readonly verifier: Verifier;
  readonly cluster: Cluster;
  /** Takes on a verifier in another process, to be shown the keys of these keyspaces. */
  readonly accept: Membership['accept'];
  readonly replica: Replica;
  readonly operators: OperatorService;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
}

/** Where the faces are reached from outside. */
export interface Addresses {
  /** Of the management port; null without the role `api`. */
  readonly url: string | null;
  readonly gateways: readonly { readonly keyspaces: readonly string[]; readonly url: string }[];
}

/** Everything that answers requests in one process. */
export interface Faces extends Addresses, AsyncDisposable {
  /** From now on `/readyz` says yes. */
  declareReady(): void;
  /** Says no to `/readyz`, lets requests finish, and writes out what was counted. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Binds every listener that the settings ask for.
 *
 * @throws {KeyholdError} `address_in_use`, `settings_invalid`; nothing stays bound then.
 */
export async function openFaces(footing: Footing): Promise<Faces> {
  const { settings, configuration, clock } = footing;
  const tls = readTls(settings.tls);
  await using opened = new AsyncDisposableStack();
  const parts = await createParts(footing);
  opened.defer(() => parts.usage.close());

  const faces: Closable[] = [];
  let managementPort: Closable | null = null;
  let ready = false;
  opened.defer(async () => {
    const endMs = clock.monotonicMs() + DRAIN_DEADLINE_MS;
    const notice = ready && managementPort !== null ? wait(clock, DRAIN_NOTICE_MS) : null;
    ready = false;
    await Promise.all(faces.map((face) => face.close(DRAIN_DEADLINE_MS)));
    // Last, so that whoever asks whether it is ready is told that it is not, for as long as requests finish.
    await notice;
    await managementPort?.close(Math.max(LAST_DRAIN_MS, endMs - clock.monotonicMs()));
  });
  let url: string | null = null;
  if (settings.roles.includes('api')) {
    const { host, port, publicUrl, authorizeSocketPath } = settings;
    const management = createManagement(parts, footing, {
      isReady: () => ready,
      address: () => url ?? toLocalUrl(settings, port),
    });
    const attach = createAttachFace({
      ...parts,
      authenticator: createOperatorAuthenticator(
        observedVerifier(parts.verifier, { ...parts, face: 'management' }),
      ),
      nodeName: settings.nodeName,
    });
    const listener = await bindHttp(management, { host, port }, tls, parts, attach);
    faces.push(attach);
    managementPort = listener;
    url = publicUrl?.href.replace(/\/$/, '') ?? toLocalUrl(settings, listener.port);
    parts.pageAddresses.bound({ management: url });
    if (authorizeSocketPath !== null) {
      faces.push(await bindUnixHttp(createAuthorizeListener(parts), authorizeSocketPath, parts));
    }
  }
  let gateways: Addresses['gateways'] = [];
  if (settings.roles.includes('gateway') && configuration.gateways.length > 0) {
    const gateway = assembleGateway(parts, footing);
    gateways = await gateway.listen();
    parts.pageAddresses.bound({ gateways });
    faces.push(gateway);
  }
  const resources = opened.move();
  return {
    url,
    gateways,
    declareReady() {
      ready = true;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(ms, resolve));
}

interface Closable {
  close(deadlineMs: number): Promise<void>;
}

type Parts = Awaited<ReturnType<typeof createParts>>;

/** What answers on the management port. */
export function createManagement(
  parts: Parts,
  { settings, configuration }: Footing,
  standing: Pick<ManagementListenerOptions, 'isReady' | 'address' | 'isOwn'>,
): RequestListener {
  return createManagementListener({
    ...parts,
    ...standing,
    version: VERSION,
    publicUrl: settings.publicUrl,
    guides: configuration.guides,
    gatewayAddress: (keyspace) => parts.pageAddresses.apiUrl(keyspace),
  });
}

/** What the faces share. */
export async function createParts(footing: Footing) {
  const { store, authority, verifier, clock, randomBytes, log, settings, configuration } = footing;
  const usage = createUsageRecorder({ clock, store, node: settings.nodeName, log });
  const claimKey = await store.secretFor('claim-link');
  const claimLinks = createClaimLinks({ store, authority, clock, randomBytes, macKey: claimKey });
  const keys = createKeyService({ store, authority, verifier, claimLinks, clock, randomBytes });
  const macKey = await store.secretFor('portal-session');
  const portalSessions = createPortalSessions({ store, clock, randomBytes, macKey });
  const cursorKey = await store.secretFor('cursor');
  const createRequestId = () => randomUUID();
  const { trustedProxies } = settings;
  const { gateways, guides } = configuration;
  const pageAddresses = createPageAddresses(gateways, settings.gatewayPort);
  const pageFiles = createPageFiles();
  const { oidc } = settings;
  const address = () => pageAddresses.managementUrl() ?? '';
  const consoleParts = await createConsoleParts({ store, oidc, address, clock, randomBytes, log });
  const pageParts = { store, keys, portalSessions, guides, pageAddresses, pageFiles, clock, log, cursorKey };
  return {
    ...footing,
    usage,
    keys,
    portalSessions,
    page: createKeysPage(pageParts),
    selfService: createSelfService({
      ...pageParts,
      verifier: observedVerifier(verifier, { face: 'self_service', usage, metrics: footing.metrics }),
    }),
    pageAddresses,
    claimLinks,
    ...consoleParts,
    pageFiles,
    cursorKey,
    createRequestId,
    trustedProxies,
  };
}

function assembleGateway(parts: Parts, { configuration, settings }: Footing): Gateway {
  const { verifier, usage, metrics, clock, createRequestId, log } = parts;
  return createGateway({
    definitions: configuration.gateways,
    sharedListener:
      settings.gatewayPort === null ? null : { host: settings.host, port: settings.gatewayPort },
    verifier: observedVerifier(verifier, { face: 'gateway', usage, metrics }),
    selfService: parts.selfService,
    page: parts.page,
    clock,
    createRequestId,
    log,
    observe: (ended) => metrics.observeGateway(ended),
  });
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
