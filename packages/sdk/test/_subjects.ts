import { once } from 'node:events';
import http, { type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { ProtectionOptions, RequestKey } from '@keyhold/sdk';
import { keyhold as honoKeyhold, requireScope as honoRequireScope, type KeyholdEnv } from '@keyhold/sdk/hono';
import { createProtect } from '@keyhold/sdk/next';
import { type ProtectedRequest, protect, requireScopes } from '@keyhold/sdk/node';
import { Hono } from 'hono';

/** What the routes of a subject do; the test plays the other part. */
export interface Scene {
  /** A request has reached its route. */
  arrived(key: RequestKey): void;
  /** `/wait` answers after it, `/stream` goes on after it. */
  readonly release: Promise<void>;
}

/** One middleware on its framework, with four routes: any path tells who called, `/wait`, `/stream` and `/scoped`. */
export interface Subject {
  readonly name: string;
  /** Whether its denials have the order and case of fields of the gateway's, or a runtime between makes them anew. */
  readonly exact: boolean;
  /** Listens on a free port of 127.0.0.1. */
  start(
    protection: ProtectionOptions,
    scene: Scene,
  ): Promise<{ readonly server: Server; stop(): Promise<void> }>;
}

export const LATE = 'late';
export const FIRST = 'first';
const SECOND = 'second';

export function told(key: RequestKey): object {
  const { signal, ...identity } = key;
  return { ...identity, ended: signal.aborted };
}

export async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export async function stopServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function started(server: Server) {
  if (!server.listening) await once(server, 'listening');
  return { server, stop: () => stopServer(server) };
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

const nodeHttp: Subject = {
  name: 'node:http',
  exact: true,
  async start(protection, scene) {
    async function serveRoute(request: ProtectedRequest, response: ServerResponse): Promise<void> {
      const { keyhold } = request;
      if (request.url === '/scoped' && !requireScopes(request, 'send')) return;
      scene.arrived(keyhold);
      if (request.url === '/wait') {
        await scene.release;
        response.setHeader('Content-Type', 'text/plain');
        response.end(LATE);
      } else if (request.url === '/stream') {
        response.write(FIRST);
        await scene.release;
        response.end(SECOND);
      } else {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify(told(keyhold)));
      }
    }
    const handler = protect(protection, (request, response) => void serveRoute(request, response));
    return started(await listening(http.createServer(handler)));
  },
};

function createHonoApp(protection: ProtectionOptions, scene: Scene): Hono<KeyholdEnv> {
  const app = new Hono<KeyholdEnv>();
  app.use(honoKeyhold(protection));
  app.use('/scoped', honoRequireScope('send'));
  app.get('/wait', async (c) => {
    scene.arrived(c.get('keyhold'));
    await scene.release;
    return c.text(LATE);
  });
  app.get('/stream', (c) => {
    scene.arrived(c.get('keyhold'));
    return new Response(streamOf(scene));
  });
  app.all('*', (c) => {
    scene.arrived(c.get('keyhold'));
    return c.json(told(c.get('keyhold')));
  });
  return app;
}

export function streamOf(scene: Scene): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode(FIRST));
      await scene.release;
      try {
        controller.enqueue(encoder.encode(SECOND));
        controller.close();
      } catch {
        // Whoever read it is gone.
      }
    },
  });
}

const honoOnNode: Subject = {
  name: 'Hono on Node',
  exact: true,
  async start(protection, scene) {
    const app = createHonoApp(protection, scene);
    return started(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },
};

const honoOnFetch: Subject = {
  name: 'Hono on Request and Response',
  exact: false,
  async start(protection, scene) {
    const app = createHonoApp(protection, scene);
    const fetch = (request: Request) => app.fetch(request);
    return started(serve({ fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },
};

const nextRoutes: Subject = {
  name: 'Next.js route handlers',
  exact: false,
  async start(protection, scene) {
    const guard = createProtect(protection);
    const handle = async (request: Request & { readonly keyhold: RequestKey }) => {
      scene.arrived(request.keyhold);
      const { pathname } = new URL(request.url);
      if (pathname === '/stream') return new Response(streamOf(scene));
      if (pathname !== '/wait') return Response.json(told(request.keyhold));
      await scene.release;
      return new Response(LATE);
    };
    const route = guard(handle);
    const scoped = guard(handle, { scopes: ['send'] });
    const fetch = (request: Request) => (request.url.endsWith('/scoped') ? scoped(request) : route(request));
    return started(serve({ fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },
};

export const SUBJECTS = [nodeHttp, honoOnNode, honoOnFetch, nextRoutes];
