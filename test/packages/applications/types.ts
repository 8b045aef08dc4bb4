/* oxlint-disable typescript/no-unnecessary-type-parameters -- what these lines claim stands in type parameters */
import { createServer } from 'node:http';
import { createKeyhold, type Keyhold } from '@keyhold/embedded';
import { ApiKeys, type ApiKeysProps } from '@keyhold/react';
import {
  type AttachedVerifier,
  createClient,
  createVerifier,
  type Key,
  KeyholdApiError,
  type KeyholdVerifier,
} from '@keyhold/sdk';
import { keyhold as expressKeyhold } from '@keyhold/sdk/express';
import type { keyhold as fastifyKeyhold } from '@keyhold/sdk/fastify';
import { keyhold as honoKeyhold, type KeyholdEnv } from '@keyhold/sdk/hono';
import { createKeyholdGuard, RequireScope } from '@keyhold/sdk/nest';
import { createProtect } from '@keyhold/sdk/next';
import { protect } from '@keyhold/sdk/node';

// Compiled and never run. Each line that must not compile says so.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Claim extends true>(): void {}

const verifier = createVerifier({ url: 'http://127.0.0.1:8080', token: 'khop_x', keyspaces: ['default'] });
holds<Equal<typeof verifier, AttachedVerifier>>();
const answer = verifier.verify('key', { operation: 'GET /x', scopes: ['send'], clientIp: '::1', minSeq: 1 });
if (answer.valid) holds<Equal<typeof answer.environment, string | null>>();
else holds<Equal<typeof answer.reason extends string ? true : false, true>>();
// @ts-expect-error an accepted key has no reason
if (answer.valid) String(answer.reason);
// @ts-expect-error the keyspaces are named
createVerifier({ url: 'http://127.0.0.1:8080', token: 'khop_x' });

const client = createClient({ url: 'http://127.0.0.1:8080', token: 'khop_x' });
const issued = await client.issueKey(
  { keyspace: 'default', organization: 'acme', name: 'Production server' },
  { idempotencyKey: 'once' },
);
holds<Equal<typeof issued.key, string | null>>();
for await (const each of client.listKeys({ state: 'active' })) holds<Equal<typeof each, Key>>();
const page = await client.listKeys();
holds<Equal<typeof page.next_cursor, string | null>>();
await client.listNodes({}, { signal: new AbortController().signal });
// @ts-expect-error there is no such state
void client.listKeys({ state: 'lost' });
// @ts-expect-error a key is named
void client.revokeKey({});
// @ts-expect-error only what creates takes an idempotency key
void client.getKey({ id: 'key_1' }, { idempotencyKey: 'once' });
try {
  await client.revokeKey({ id: issued.id, reason: 'found' });
} catch (error) {
  if (error instanceof KeyholdApiError) holds<Equal<typeof error.code, string>>();
}

const keyhold = await createKeyhold({ database: 'file:./keyhold.db' });
holds<Equal<typeof keyhold, Keyhold>>();
const either: KeyholdVerifier[] = [verifier, keyhold];
createServer(keyhold.listener);
await keyhold.client.revokeKey({ id: issued.id });
const shop = { key: { format: 'shop_{random:base62:43}' }, environments: ['live', 'test'] };
void createKeyhold({ database: 'file:./keyhold.db', config: { keyspaces: { shop } } });
// @ts-expect-error a key has a format
void createKeyhold({ database: 'file:./keyhold.db', config: { keyspaces: { shop: { key: {} } } } });
// @ts-expect-error the database is named
void createKeyhold({});

for (const each of either) {
  const options = { verifier: each, keyspace: 'default' };
  createServer(protect(options, (request, response) => response.end(request.keyhold.organization)));
  expressKeyhold(options);
  holds<Equal<typeof fastifyKeyhold extends (...given: never) => unknown ? true : false, true>>();
  honoKeyhold(options);
  createKeyholdGuard(options);
  createProtect(options)((request) => Response.json(request.keyhold.scopes), { scopes: ['send'] });
}
RequireScope('send');
holds<Equal<KeyholdEnv['Variables']['keyhold']['signal'], AbortSignal>>();

const props: ApiKeysProps = { src: 'https://api.example.com/keys', getToken: async () => 'khps_x' };
ApiKeys(props);
// @ts-expect-error there is no such string
ApiKeys({ ...props, strings: { nothing: '' } });
