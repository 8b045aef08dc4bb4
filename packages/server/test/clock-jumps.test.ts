import { KeyholdError } from '@keyhold/core';
import {
  createManualClock,
  createSeededRandom,
  type ManualClock,
  passTimeUntil,
} from '@keyhold/core/testing';
import type { Store } from '@keyhold/store';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { defaultConfiguration } from '../src/config/configuration.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { resolveSettings } from '../src/settings/settings.ts';
import { exchange } from './_api.ts';
import { makeDirectory } from './_keyhold.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TEN_YEARS_MS = 3_652 * 24 * HOUR_MS;

interface World {
  readonly clock: ManualClock;
  /** Of the warnings that tell of a jump. */
  readonly jumps: readonly number[];
  /** While true, no call reaches the store. */
  readonly outage: { on: boolean };
  send(path: string, json?: object): ReturnType<typeof exchange>;
  issue(name: string, expiresInMs: number | null): Promise<string>;
  /** `valid`, the reason of a denial, or the code of a problem. */
  verify(key: string): Promise<string>;
}

/** A whole server whose clock is moved by hand. */
async function startWorld(): Promise<World> {
  const clock = createManualClock();
  const jumps: number[] = [];
  const outage = { on: false };
  const ignore = () => {};
  const settings = resolveSettings({
    flags: { port: '0' },
    environment: {},
    file: null,
    workingDirectory: makeDirectory(),
  });
  const server: RunningServer = await startServer({
    settings,
    configuration: defaultConfiguration(),
    acceptOlderConfiguration: false,
    operatorToken: null,
    clock,
    randomBytes: createSeededRandom(3),
    log: {
      info: ignore,
      error: ignore,
      warn(fields, message) {
        if (/wall clock jumped (forward|back):/.test(message))
          jumps.push(z.object({ jump_ms: z.number() }).parse(fields).jump_ms);
      },
    },
    decorateStore: (store) => cutOff(store, outage),
  });
  onTestFinished(() => passTimeUntil(server.stop(), clock, 100));
  const port = Number(new URL(server.url!).port);
  const send: World['send'] = (path, json) => exchange({ port }, path, { token: server.firstToken, json });
  await send('/v1/organizations', { id: 'acme', name: 'Acme' });
  return {
    clock,
    jumps,
    outage,
    send,
    async issue(name, expiresInMs) {
      const expires_at = expiresInMs === null ? null : new Date(clock.nowMs() + expiresInMs).toISOString();
      const json = { keyspace: 'default', organization: 'acme', environment: 'live', name, expires_at };
      const reply = await send('/v1/keys', json);
      expect(reply.status, reply.text).toBe(201);
      return reply.body.key;
    },
    async verify(key) {
      const { status, body } = await send('/v1/verify', { key });
      if (status !== 200) return body.code;
      return body.valid ? 'valid' : body.reason;
    },
  };
}

/** The store, out of reach while `outage.on`. */
function cutOff(store: Store, outage: { readonly on: boolean }): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (outage.on) throw new KeyholdError('store_unavailable', 'The store is cut off by the test.');
        return await Reflect.apply(member, target, args);
      };
    },
  });
}

describe('when the wall clock jumps', () => {
  test.each([
    ['an hour forward', HOUR_MS, { soon: 'expired', later: 'valid' }],
    ['an hour back', -HOUR_MS, { soon: 'valid', later: 'valid' }],
    ['ten years forward', TEN_YEARS_MS, { soon: 'expired', later: 'expired' }],
    ['ten years back', -TEN_YEARS_MS, { soon: 'valid', later: 'valid' }],
  ])(
    '%s, expiry follows it at once, nothing else changes, and the log says so',
    async (_how, jumpMs, expected) => {
      const { clock, jumps, send, issue, verify } = await startWorld();
      const lasting = await issue('lasting', null);
      const soon = await issue('soon', 30 * MINUTE_MS);
      const later = await issue('later', 2 * HOUR_MS);
      const startMs = clock.nowMs();
      const readAll = async () => ({
        lasting: await verify(lasting),
        soon: await verify(soon),
        later: await verify(later),
      });
      expect(await readAll()).toEqual({ lasting: 'valid', soon: 'valid', later: 'valid' });
      clock.advance(5_000);
      expect(jumps).toEqual([]);

      clock.setWall(startMs + jumpMs);
      expect(await readAll()).toEqual({ lasting: 'valid', ...expected });
      clock.advance(1_000);
      expect(jumps).toEqual([jumpMs - 5_000]);
      clock.advance(10_000);
      expect(jumps).toHaveLength(1);

      // Writes go on, in the new time.
      const fresh = await issue('fresh', HOUR_MS);
      expect(await verify(fresh)).toBe('valid');
      const { body } = await send('/v1/audit-events?limit=1');
      expect(body.data[0].at).toBe(new Date(clock.nowMs()).toISOString().replace('.000Z', 'Z'));

      // And back again, as somebody sets it right: what had not expired goes on.
      clock.setWall(startMs + 11_000);
      expect(await readAll()).toEqual({ lasting: 'valid', soon: 'valid', later: 'valid' });
      clock.advance(1_000);
      expect(jumps).toHaveLength(2);
    },
  );

  test('the lease of a process that may be behind its store ends by whichever clock says so first', async () => {
    const { clock, outage, send, issue, verify } = await startWorld();
    const key = await issue('lasting', null);
    outage.on = true;
    expect((await send('/v1/organizations', { id: 'globex', name: 'Globex' })).status).toBe(503);
    // The machine may have slept, and a monotonic clock stands still then.
    clock.setWall(clock.nowMs() + HOUR_MS);
    expect(await verify(key)).toBe('lease_lost');
    for (const jumpMs of [-HOUR_MS, -TEN_YEARS_MS]) {
      clock.setWall(clock.nowMs() + jumpMs);
      expect(await verify(key)).toBe('valid');
    }
    clock.advance(2_700);
    for (const jumpMs of [-TEN_YEARS_MS, TEN_YEARS_MS]) {
      clock.setWall(clock.nowMs() + jumpMs);
      expect(await verify(key)).toBe('lease_lost');
    }
    outage.on = false;
    clock.advance(500);
    await expect.poll(() => verify(key), { timeout: 60_000 }).toBe('valid');
  });
});
