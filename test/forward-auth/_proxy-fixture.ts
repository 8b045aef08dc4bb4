import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type Answer, type CallOptions, call } from '../_http.ts';
import type { ToldBack } from '../_recorder.ts';
import { type Asked, startAsked } from './_keyhold.ts';
import { type RunningProxy, reasonToLeaveOut } from './_program.ts';
import { type Relay, startRelay } from './_relay.ts';

export type Transport = 'TCP' | 'a Unix socket';

/** A real proxy, told what is particular to it. */
export interface ProxyUnderTest {
  /** The program that must be installed. */
  readonly program: string;
  /** @param keyhold where the proxy reaches Keyhold: a port of 127.0.0.1, or the path of a socket. */
  start(asked: Asked, keyhold: number | string): Promise<RunningProxy>;
  /** What a client gets while Keyhold does not answer. */
  readonly gone: { readonly status: number; readonly text: string };
  /** Whether the proxy itself refuses two credentials, in its own words. */
  readonly refusesTwoCredentials: boolean;
}

type Send = (method: string, uri: string, options?: CallOptions) => Promise<Answer>;

/** A proxy with Keyhold behind a relay that counts, and the API behind both. */
export interface ProxyFixture {
  readonly subject: ProxyUnderTest;
  readonly asked: Asked;
  readonly proxy: RunningProxy;
  readonly relay: Relay;
  /** Has the relay lead to Keyhold again. */
  readonly leadBack: () => void;
  /** A client's request to eSMS Africa's API. */
  readonly esms: Send;
  /** A client's request to LocalLeads' API. */
  readonly leads: Send;
}

/** Runs `define` with a proxy that is there while its tests run; without the program its tests are left out. */
export function describeProxy(
  subject: ProxyUnderTest,
  transport: Transport,
  define: (fixture: () => ProxyFixture) => void,
): void {
  describe(`${subject.program} over ${transport}`, () => {
    const missing = reasonToLeaveOut(subject.program);
    const resources = new AsyncDisposableStack();
    let fixture: ProxyFixture;
    beforeEach((context) => {
      if (missing !== null) context.skip(missing);
    });
    beforeAll(async () => {
      if (missing === null) fixture = await startFixture(subject, transport, resources);
    });
    afterAll(() => resources.disposeAsync());
    define(() => fixture);
  });
}

async function startFixture(
  subject: ProxyUnderTest,
  transport: Transport,
  resources: AsyncDisposableStack,
): Promise<ProxyFixture> {
  const asked = await startAsked();
  resources.defer(() => asked.stop());
  const isTcp = transport === 'TCP';
  const keyhold = isTcp
    ? { host: '127.0.0.1', port: Number(new URL(asked.keyhold.url).port) }
    : { path: asked.socketPath };
  const relayPath = `${asked.directory}/relay.sock`;
  const relay = await startRelay(keyhold, isTcp ? undefined : relayPath);
  resources.defer(() => relay.close());
  const proxy = await subject.start(asked, isTcp ? relay.port : relayPath);
  resources.defer(() => proxy.stop());
  return {
    subject,
    asked,
    proxy,
    relay,
    leadBack: () => relay.leadTo(keyhold),
    esms: (method, uri, options) => call(method, proxy.esmsUrl + uri, options),
    leads: (method, uri, options) => call(method, proxy.leadsUrl + uri, options),
  };
}

/** What the API was asked, out of what it told back. */
export function reached(answer: Answer): ToldBack {
  expect(answer.status, answer.text).toBe(200);
  return answer.body as ToldBack;
}

/** Expects that `attempt` does not reach the API. */
export async function expectStopped<T>({ asked }: ProxyFixture, attempt: Promise<T>): Promise<T> {
  const before = asked.api.requests.length;
  const result = await attempt;
  expect(asked.api.requests.slice(before).map(({ method, target }) => `${method} ${target}`)).toEqual([]);
  return result;
}
