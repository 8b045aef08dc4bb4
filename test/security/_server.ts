import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, createSeededRandom, passTimeUntil } from '@keyhold/core/testing';
import type { RunningServer } from '@keyhold/server';
import type { Store } from '@keyhold/store';
import { expect } from 'vitest';
import { call } from '../_http.ts';
import { startTestServer } from '../_server.ts';
import { type Address, toAddress } from './_connection.ts';

export const UNAUTHORIZED = { statusCode: 401, error: 'Unauthorized', message: 'Invalid or expired token' };

/** Every keyspace has the same shape of key, so that a key of one can be presented to another. */
const KEYSPACES = ['standard', 'configured', 'bare', 'retired'] as const;
export type KeyspaceId = (typeof KEYSPACES)[number];

function toConfiguration(retired: boolean): string {
  const keyspace = (id: KeyspaceId, own: string) => `
  ${id}:
    key: { format: "by_{random:base62:43}{checksum}", masked: "by_****{last:4}" }
    environments: [live, test]
    accepts_environments: [live]
    requires_feature: partner
    recycle: { max_grace: 1h }
    gateway:
      listen: "127.0.0.1:0"
      upstream: "http://127.0.0.1:9"
      self_service: { path: /keys, keys_may_manage: true }
      websocket: [GET /messages]
${own}`;
  return `keyspaces:
${keyspace('standard', '')}
${keyspace('configured', `    errors: { unauthorized: ${JSON.stringify(UNAUTHORIZED)} }`)}
${keyspace('bare', '    credential: { header: X-API-Key, scheme: null }')}
${keyspace('retired', retired ? '    retired: true' : '')}
`;
}

/** A whole server in this process, on a clock that is moved by hand. */
export interface SecurityServer {
  readonly clock: ReturnType<typeof createManualClock>;
  readonly management: Address;
  readonly authorizeSocket: Address;
  gateway(keyspace: KeyspaceId): Address;
  readonly operatorToken: string;
  /** A call of the first operator that has to succeed. @returns its body. */
  readonly operator: (method: string, path: string, body?: object) => Promise<Record<string, string>>;
  /** Runs once, right before the next key is issued in the store: after its call was authenticated. */
  beforeNextIssue: (() => Promise<unknown>) | null;
  /** Starts again on the same data with the keyspace `retired` retired. */
  retire(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSecurityServer(): Promise<SecurityServer> {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-security-'));
  const authorizeSocketPath = join(directory, 'authorize.sock');
  const clock = createManualClock();
  const randomBytes = createSeededRandom(11);
  let running: RunningServer;
  let operatorToken = '';

  async function start(retired: boolean): Promise<void> {
    running = await startTestServer({
      yaml: toConfiguration(retired),
      directory,
      flags: { authorize_socket: authorizeSocketPath },
      clock,
      randomBytes,
      decorateStore: withHook,
    });
    operatorToken = running.firstToken ?? operatorToken;
  }

  /** What stops looks at its connections again and again, by a clock that stands still unless it is moved. */
  async function stopRunning(): Promise<void> {
    await passTimeUntil(running.stop(), clock, 10);
  }

  function withHook(store: Store): Store {
    const issueKey: Store['issueKey'] = async (...args) => {
      const hook = server.beforeNextIssue;
      server.beforeNextIssue = null;
      await hook?.();
      return store.issueKey(...args);
    };
    return Object.assign(Object.create(store) as Store, { issueKey });
  }

  const server: SecurityServer = {
    clock,
    get management() {
      return toAddress(running.url!);
    },
    authorizeSocket: { path: authorizeSocketPath },
    gateway: (keyspace) =>
      toAddress(running.gateways.find(({ keyspaces }) => keyspaces.includes(keyspace))!.url),
    get operatorToken() {
      return operatorToken;
    },
    async operator(method, path, body) {
      const answer = await call(method, `${running.url}${path}`, { key: operatorToken, body });
      expect([200, 201], `${method} ${path}: ${answer.text}`).toContain(answer.status);
      return answer.body as Record<string, string>;
    },
    beforeNextIssue: null,
    async retire() {
      await stopRunning();
      await start(true);
    },
    async stop() {
      await stopRunning();
      await rm(directory, { recursive: true });
    },
  };
  await start(false);
  return server;
}
