/**
 * What one verification costs: Keyhold's, by the SDK in process and over HTTP, next to those of other packages for Node, each as its own documentation
 * sets it up, in turns in one run. Plain JavaScript, since the packages are not there where types are checked; started by
 * `npm run bench -- sdk`, which installs them.
 */

import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import bearerAuth from '@fastify/bearer-auth';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import fastify from 'fastify';
import { attachSdk } from '../parts/attached-sdk.ts';
import { createLoadedVerifier } from '../parts/loaded-verifier.ts';
import { median } from '../parts/statistics.ts';

const KEYS = 100_000;
/** Issuing one there takes a millisecond; how many there are changes little for a table with an index. */
const BETTER_AUTH_KEYS = 1_000;
const ROUNDS = 9;
const ROUND_MS = 200;

const { verifier, question, texts } = createLoadedVerifier(KEYS);
const byDigest = new Map(texts.map((text, i) => [hash('sha256', text), i]));

async function createBetterAuth(plugin, options) {
  const configuration = {
    database: new DatabaseSync(':memory:'),
    secret: 'bench'.repeat(8),
    baseURL: 'http://localhost',
    emailAndPassword: { enabled: true },
    logger: { disabled: true },
    telemetry: { enabled: false },
    plugins: [apiKey({ rateLimit: { enabled: false }, ...plugin })],
    ...options,
  };
  await (await getMigrations(configuration)).runMigrations();
  const { api } = betterAuth(configuration);
  const { user } = await api.signUpEmail({
    body: { email: 'bench@example.com', password: 'correct horse battery staple', name: 'bench' },
  });
  const keys = [];
  for (let i = 0; i < BETTER_AUTH_KEYS; i++) {
    keys.push((await api.createApiKey({ body: { userId: user.id, name: `key ${i}` } })).key);
  }
  return { keys, verify: async (key) => (await api.verifyApiKey({ body: { key } })).valid };
}

function createSecondaryStorage() {
  const values = new Map();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
  };
}

async function createFastify(keys) {
  const server = fastify();
  if (keys !== null) await server.register(bearerAuth, { keys: new Set(keys) });
  server.get('/', () => 'ok');
  await server.ready();
  return async (key) =>
    (await server.inject({ url: '/', headers: { authorization: `Bearer ${key}` } })).statusCode === 200;
}

const inDatabase = await createBetterAuth({}, {});
const inMemory = await createBetterAuth(
  { storage: 'secondary-storage' },
  { secondaryStorage: createSecondaryStorage() },
);

const sdk = await attachSdk(texts);
const contenders = [
  contender('SDK, attached, 100,000 keys', texts, sdk.verify),
  contender('/v1/verify, one kept connection, the same keys', texts, sdk.ask),
  contender(
    'the verifier inside, without what the SDK adds',
    texts,
    (text) => verifier.verify(text, question).accepted,
  ),
  contender('crypto.hash and Map, 100,000 keys', texts, (text) => byDigest.has(hash('sha256', text))),
  contender('better-auth api-key, SQLite in memory, 1,000 keys', inDatabase.keys, inDatabase.verify),
  contender('better-auth api-key, Map as secondary storage, 1,000 keys', inMemory.keys, inMemory.verify),
  contender('fastify inject without a check (to subtract)', texts, await createFastify(null)),
  contender(
    'fastify inject, @fastify/bearer-auth, 1 key',
    texts.slice(0, 1),
    await createFastify(texts.slice(0, 1)),
  ),
  contender('fastify inject, @fastify/bearer-auth, 100,000 keys', texts, await createFastify(texts)),
];

function contender(name, keys, verify) {
  return { name, keys, verify, timesUs: [] };
}

/** Random keys one after another for a while; a promise is awaited only where there is one. */
async function measure({ keys, verify }, durationMs) {
  await sdk.rest();
  const start = performance.now();
  let calls = 0;
  while (performance.now() - start < durationMs) {
    for (let i = 0; i < 10; i++) {
      const key = keys[Math.floor(Math.random() * keys.length)];
      const verdict = verify(key);
      if ((typeof verdict === 'boolean' ? verdict : await verdict) !== true)
        throw new Error('A good key was denied.');
      calls++;
    }
  }
  return ((performance.now() - start) * 1_000) / calls;
}

for (const each of contenders) await measure(each, ROUND_MS);
for (let round = 0; round < ROUNDS; round++) {
  for (const each of contenders) each.timesUs.push(await measure(each, ROUND_MS));
}
const own = median(contenders[0].timesUs);
for (const { name, timesUs } of contenders) {
  const us = median(timesUs);
  const perSecond = Math.round(1e6 / us).toLocaleString('en');
  console.log(
    `${perSecond.padStart(9)} /s  ${us.toFixed(2).padStart(9)} µs  ${(us / own).toFixed(1).padStart(7)}×  ${name}`,
  );
}
await sdk.close();
