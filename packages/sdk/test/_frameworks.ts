import { existsSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { RequestKey } from '@keyhold/sdk';
import { keyhold as expressKeyhold, requireScope as expressRequireScope } from '@keyhold/sdk/express';
import { keyhold as fastifyKeyhold, requireScope as fastifyRequireScope } from '@keyhold/sdk/fastify';
import { createKeyholdGuard, keyholdSelfService, RequireScope } from '@keyhold/sdk/nest';
import { LATE, listening, type Scene, type Subject, stopServer, streamOf, told } from './_subjects.ts';

const folder = join(import.meta.dirname, 'frameworks');
const require = createRequire(join(folder, 'package.json'));

/** Why the frameworks are left out; null when they are installed. Throws it where every part must be there. */
export function reasonToLeaveOut(): string | null {
  if (existsSync(join(folder, 'node_modules/express'))) return null;
  const reason =
    'Express, Fastify and NestJS are not installed; add them with: npm ci --prefix packages/sdk/test/frameworks';
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}

/** They are no dependencies of the workspace, so their types are not here; each use says what it calls. */
async function load<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(require.resolve(name)).href)) as Module;
}

type Request = IncomingMessage & { readonly keyhold: RequestKey };
type Response = ServerResponse & { json(body: object): void; send(body: string): void };
type Route = (request: Request, response: Response) => unknown;
type ExpressApp = ((request: IncomingMessage, response: ServerResponse) => void) & {
  disable(setting: string): void;
  use(...handlers: unknown[]): void;
  all(path: string, ...handlers: unknown[]): void;
};

const express: Subject = {
  name: 'Express',
  exact: true,
  async start(protection, scene) {
    const app = (await load<{ default: () => ExpressApp }>('express')).default();
    app.disable('x-powered-by');
    app.use(expressKeyhold(protection));
    app.use('/scoped', expressRequireScope('send'));
    const wait: Route = async ({ keyhold }, response) => {
      scene.arrived(keyhold);
      await scene.release;
      response.send(LATE);
    };
    const stream: Route = ({ keyhold }, response) => {
      scene.arrived(keyhold);
      Readable.fromWeb(streamOf(scene)).pipe(response);
    };
    const tell: Route = ({ keyhold }, response) => {
      scene.arrived(keyhold);
      response.json(told(keyhold));
    };
    app.all('/wait', wait);
    app.all('/stream', stream);
    app.all('/{*path}', tell);
    const { createServer } = await import('node:http');
    const server = await listening(createServer(app));
    return { server, stop: () => stopServer(server) };
  },
};

interface FastifyApp {
  readonly server: Server;
  register(plugin: unknown, options: object): Promise<void>;
  all(path: string, options: object, handler: (request: { keyhold: RequestKey }) => unknown): void;
  listen(options: { readonly port: number; readonly host: string }): Promise<string>;
}

const fastify: Subject = {
  name: 'Fastify',
  exact: true,
  async start(protection, scene) {
    const app = (await load<{ default: () => FastifyApp }>('fastify')).default();
    await app.register(fastifyKeyhold, protection);
    app.all('/wait', {}, async ({ keyhold }) => {
      scene.arrived(keyhold);
      await scene.release;
      return LATE;
    });
    app.all('/stream', {}, async ({ keyhold }) => {
      scene.arrived(keyhold);
      return Readable.fromWeb(streamOf(scene));
    });
    app.all('/scoped', { preHandler: fastifyRequireScope('send') }, ({ keyhold }) => told(keyhold));
    app.all('*', {}, async ({ keyhold }) => {
      scene.arrived(keyhold);
      return told(keyhold);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { server: app.server, stop: () => stopServer(app.server) };
  },
};

interface NestCommon {
  readonly All: (path: string) => MethodDecorator;
  readonly Controller: () => ClassDecorator;
  readonly Module: (parts: object) => ClassDecorator;
  readonly Req: () => ParameterDecorator;
  readonly Res: () => ParameterDecorator;
}
interface NestApp {
  use(handler: unknown): void;
  useGlobalGuards(guard: object): void;
  getHttpAdapter(): { getInstance(): ExpressApp };
  getHttpServer(): Server;
  listen(port: number, host: string): Promise<void>;
}

const nest: Subject = {
  name: 'NestJS',
  exact: true,
  async start(protection, scene) {
    await load('reflect-metadata');
    const common = await load<NestCommon>('@nestjs/common');
    const { NestFactory } = await load<{
      NestFactory: { create(module: unknown, options: object): Promise<NestApp> };
    }>('@nestjs/core');
    class Application {
      readonly name = 'test';
    }
    common.Module({ controllers: [createController(common, scene)] })(Application);
    const app = await NestFactory.create(Application, { logger: false, bodyParser: false });
    app.getHttpAdapter().getInstance().disable('x-powered-by');
    const { selfService, ...guarded } = protection;
    if (selfService !== undefined) app.use(keyholdSelfService({ ...guarded, selfService }));
    app.useGlobalGuards(createKeyholdGuard(guarded));
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer();
    return { server, stop: () => stopServer(server) };
  },
};

/** Decorators are called by hand: Node's type stripping does not know their syntax. */
function createController({ All, Controller, Req, Res }: NestCommon, scene: Scene): unknown {
  class Routes {
    async wait({ keyhold }: Request) {
      scene.arrived(keyhold);
      await scene.release;
      return LATE;
    }
    stream({ keyhold }: Request, response: Response) {
      scene.arrived(keyhold);
      Readable.fromWeb(streamOf(scene)).pipe(response);
    }
    scoped({ keyhold }: Request) {
      return told(keyhold);
    }
    tell({ keyhold }: Request) {
      scene.arrived(keyhold);
      return told(keyhold);
    }
  }
  const paths = { wait: '/wait', stream: '/stream', scoped: '/scoped', tell: '/{*path}' };
  for (const [name, path] of Object.entries(paths)) {
    const method = Object.getOwnPropertyDescriptor(Routes.prototype, name);
    if (method === undefined) throw new TypeError(`There is no route "${name}".`);
    Req()(Routes.prototype, name, 0);
    if (name === 'stream') Res()(Routes.prototype, name, 1);
    if (name === 'scoped') RequireScope('send')(Routes.prototype, name, method);
    All(path)(Routes.prototype, name, method);
  }
  Controller()(Routes);
  return Routes;
}

export const FRAMEWORKS = [express, fastify, nest];
