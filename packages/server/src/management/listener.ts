import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createOpenApiDocument } from '@keyhold/api';
import type { Authority, Replica, Verifier } from '@keyhold/coherence';
import { type Clock, type ErrorCode, KeyholdError, type RandomBytes, readRequestTarget } from '@keyhold/core';
import type { PageHandler, SelfServiceHandler } from '@keyhold/gateway';
import type { Store } from '@keyhold/store';
import { createClaimHandler } from '../claims/claim-handler.ts';
import { CLAIM_PREFIX, type ClaimLinks } from '../claims/claim-links.ts';
import type { Cluster } from '../cluster.ts';
import type { ConsoleAccess } from '../console/console-access.ts';
import { CONSOLE_PREFIX, createConsolePage, redirectToConsole } from '../console/console-page.ts';
import type { OidcLogin } from '../console/oidc-login.ts';
import type { PeopleService } from '../console/people-service.ts';
import { createReferencePage } from '../docs-page/reference-page.ts';
import type { GuideDefinition } from '../guide/guide-definition.ts';
import { createGuideHandlers } from '../guide/guide-handlers.ts';
import { writeProblem } from '../http/answer.ts';
import { createCursorCodec } from '../http/cursor.ts';
import { refuseBrokenFrame } from '../http/frame.ts';
import { createPeerTrust } from '../http/peer.ts';
import { toProblem } from '../http/problem.ts';
import type { KeyService } from '../keys/key-service.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createServiceHandlers } from '../observability/service-handlers.ts';
import type { UsageRecorder } from '../observability/usage-recorder.ts';
import { createVerificationObserver, observedVerifier } from '../observability/verification-observer.ts';
import { createOperatorAuthenticator, withOwner } from '../operators/operator-authenticator.ts';
import type { OperatorService } from '../operators/operator-service.ts';
import { type PageAddresses, PORTAL_PREFIX } from '../pages/page-addresses.ts';
import type { PageFiles } from '../pages/page-files.ts';
import { createPortalMount } from '../pages/portal-mount.ts';
import type { PortalSessions } from '../portal/portal-sessions.ts';
import { createSelfServiceMount, SELF_SERVICE_PREFIX } from '../self-service/self-service-mount.ts';
import { AUTHORIZE_PREFIX, createAuthorizeHandler } from '../verification/authorize-handler.ts';
import type { RawHandler } from '../verification/handler.ts';
import { createIntrospectHandler } from '../verification/introspect-handler.ts';
import { createVerifyHandler } from '../verification/verify-handler.ts';
import { createManagementApp } from './app.ts';
import { createAuditEventRoutes } from './audit-event-routes.ts';
import { createCallerAuthenticator } from './caller.ts';
import { createClusterRoutes } from './cluster-routes.ts';
import { createConsoleRoutes } from './console-routes.ts';
import { createInsightRoutes } from './insight-routes.ts';
import { createKeyRoutes } from './key-routes.ts';
import { createOperatorRoutes } from './operator-routes.ts';
import { createOrganizationRoutes } from './organization-routes.ts';
import { createPeopleRoutes } from './people-routes.ts';
import { createPortalSessionRoutes } from './portal-session-routes.ts';
import { createUsageRoutes } from './usage-routes.ts';

export interface ManagementListenerOptions {
  readonly store: Store;
  readonly authority: Pick<Authority, 'commit'>;
  readonly verifier: Verifier;
  readonly cluster: Cluster;
  readonly replica: Replica;
  readonly keys: KeyService;
  readonly operators: OperatorService;
  readonly portalSessions: PortalSessions;
  readonly consoleAccess: ConsoleAccess;
  readonly people: PeopleService;
  /** Logging in by an OpenID provider; null: there is none. */
  readonly oidc: OidcLogin | null;
  readonly pageFiles: PageFiles;
  readonly claimLinks: ClaimLinks;
  readonly pageAddresses: PageAddresses;
  /** The API Keys page of the keyspaces. */
  readonly page: PageHandler;
  /** Customers' own key management, for applications that mount it. */
  readonly selfService: SelfServiceHandler;
  readonly usage: UsageRecorder;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
  /** False before the start is complete and once stopping has begun. */
  readonly isReady: () => boolean;
  /** CIDRs of proxies whose `X-Forwarded-For` is believed and who may ask for forward-auth, besides loopback. */
  readonly trustedProxies: readonly string[];
  readonly version: string;
  /** Where this listener is reached from outside; null: not known. */
  readonly publicUrl: URL | null;
  /** Where it is reached all in all, without a slash at the end. */
  readonly address: () => string;
  readonly guides: readonly GuideDefinition[];
  /** Where customers call the API of a keyspace; null: not known. */
  readonly gatewayAddress: (keyspace: string) => string | null;
  /** 32 secret bytes, the same on every node and after a restart. */
  readonly cursorKey: Uint8Array;
  readonly createRequestId: () => string;
  /** Whether a request is the process's own, which needs no token. Default: none is. */
  readonly isOwn?: (request: IncomingMessage) => boolean;
}

/** Answers every request on `--port`. */
export function createManagementListener(options: ManagementListenerOptions): RequestListener {
  const { verifier, replica, usage, metrics, clock, log, createRequestId } = options;
  const peers = createPeerTrust(options.trustedProxies);
  const authenticator = withOwner(
    createOperatorAuthenticator(observedVerifier(verifier, { face: 'management', usage, metrics })),
    options.isOwn,
  );
  metrics.watchReplica(replica);

  const verification = { verifier, cluster: options.cluster, authenticator, log };
  const exact: ReadonlyMap<string, ExactRoute> = new Map([
    ...toExactRoutes('POST', {
      '/v1/verify': createVerifyHandler({
        ...verification,
        observer: createVerificationObserver({ face: 'verify', usage, metrics }),
      }),
      '/v1/introspect': createIntrospectHandler({
        ...verification,
        observer: createVerificationObserver({ face: 'introspect', usage, metrics }),
      }),
    }),
    ...toExactRoutes('GET', {
      ...createServiceHandlers({ ...options, authenticator, peers }),
      ...createReferencePage(createOpenApiDocument(options), options.address),
      '/': redirectToConsole,
      [CONSOLE_PREFIX.slice(0, -1)]: redirectToConsole,
      ...createGuideHandlers({ ...options, keyspace: (id) => verifier.keyspace(id) }),
    }),
  ]);
  const authorize = createAuthorizeHandler({
    verifier,
    observer: createVerificationObserver({ face: 'authorize', usage, metrics }),
    peers,
    clock,
    log,
  });

  const portal = createPortalMount({ ...options, peers });
  const selfService = createSelfServiceMount({ ...options, peers });
  const claim = createClaimHandler({ ...options, peers });
  const consolePage = createConsolePage(options);

  const app = createManagementApp(
    {
      ...createOrganizationRoutes(options),
      ...createKeyRoutes(options),
      ...createUsageRoutes(options),
      ...createPortalSessionRoutes(options),
      ...createAuditEventRoutes(options),
      ...createInsightRoutes(options),
      ...createClusterRoutes(options),
      ...createOperatorRoutes(options),
      ...createPeopleRoutes(options),
      ...createConsoleRoutes(options),
    },
    {
      authenticator: createCallerAuthenticator({ ...options, operators: authenticator }),
      cursors: createCursorCodec(options.cursorKey),
      trusted: peers.ranges,
      publicUrl: options.publicUrl,
      metrics,
      clock,
      log,
    },
  );
  const requestIds = new WeakMap<IncomingMessage, string>();
  const handleManagement = getRequestListener(
    (request, env) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this server speaks HTTP/1
      const incoming = env.incoming as IncomingMessage;
      return app.fetch(request, { incoming, requestId: requestIds.get(incoming) ?? '' });
    },
    { overrideGlobalObjects: false },
  );

  function listen(request: IncomingMessage, response: ServerResponse): void {
    const requestId = createRequestId();
    if (refuseBrokenFrame(request, response, requestId)) return;
    const url = request.url ?? '';
    const route = exact.get(url);
    if (route !== undefined && answersTo(route, request.method)) route.handle(request, response, requestId);
    else if (url.startsWith(AUTHORIZE_PREFIX)) authorize(request, response, requestId);
    else if (url.startsWith(PORTAL_PREFIX)) portal(request, response, requestId);
    else if (url.startsWith(SELF_SERVICE_PREFIX)) selfService(request, response, requestId);
    else if (url.startsWith(CLAIM_PREFIX)) claim(request, response, requestId);
    else if (url.startsWith(CONSOLE_PREFIX)) consolePage(request, response, requestId);
    else listenOutsideHotPath(request, response, requestId);
  }

  function listenOutsideHotPath(request: IncomingMessage, response: ServerResponse, requestId: string): void {
    const refusal = findRefusal(request);
    if (refusal === null) {
      requestIds.set(request, requestId);
      void handleManagement(request, response);
    } else {
      const headers = refusal.allow === null ? [] : ['Allow', refusal.allow];
      writeProblem(response, toProblem(refusal.error, requestId), headers, requestId);
    }
  }

  /** What keeps a request from the app, whose router may only see a host, a canonical path and a method it knows. */
  function findRefusal({ url = '', method = '', headers }: IncomingMessage): Refusal | null {
    const target = readRequestTarget(url);
    if (!target.ok || target.authority !== null || headers.host === undefined) {
      return refuse(
        'invalid_request',
        'The request must have a Host, and a path in its one canonical spelling.',
      );
    }
    const route = exact.get(target.path);
    if (route === undefined) {
      return METHODS.has(method)
        ? null
        : refuse('method_not_allowed', 'Nothing here answers to this method.', '');
    }
    if (answersTo(route, method)) {
      return refuse('unknown_field', 'This address takes no query; leave it out.');
    }
    const allow = route.method === 'GET' ? 'GET, HEAD' : route.method;
    return refuse('method_not_allowed', `This address answers to ${allow}.`, allow);
  }

  return listen;
}

interface ExactRoute {
  readonly method: 'GET' | 'POST';
  readonly handle: RawHandler;
}

/** Node leaves the body out of an answer to HEAD by itself. */
function answersTo(route: ExactRoute, method: string | undefined): boolean {
  return method === route.method || (method === 'HEAD' && route.method === 'GET');
}

function toExactRoutes(
  method: ExactRoute['method'],
  handlers: Readonly<Record<string, RawHandler>>,
): readonly (readonly [string, ExactRoute])[] {
  return Object.entries(handlers).map(([path, handle]) => [path, { method, handle }]);
}

interface Refusal {
  readonly error: KeyholdError;
  /** For the `Allow` of a 405 (RFC 9110 §15.5.6); may be empty. */
  readonly allow: string | null;
}

function refuse(code: ErrorCode, message: string, allow: string | null = null): Refusal {
  return { error: new KeyholdError(code, message), allow };
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
