import { once } from 'node:events';
import { createServer } from 'node:http';
import { createClient, createVerifier } from '@keyhold/sdk';
import { protect } from '@keyhold/sdk/node';

// Told where a server is, it does what an application does, and prints what came of it.

for (const framework of ['express', 'fastify', 'hono', 'nest', 'next'])
  await import(`@keyhold/sdk/${framework}`);

const { url, operator_token: token } = JSON.parse(process.argv[2]);
const client = createClient({ url, token });
await client.createOrganization({ id: 'acme', name: 'Acme Ltd' });
const verifier = createVerifier({ url, token, keyspaces: ['default'] });
await verifier.ready();
const { id, key } = await client.issueKey({
  keyspace: 'default',
  organization: 'acme',
  name: 'Production server',
  environment: 'live',
});
const issued = verifier.verify(key).valid;
const server = createServer(
  protect({ verifier, keyspace: 'default' }, (request, response) =>
    response.end(request.keyhold.organization),
  ),
).listen(0, '127.0.0.1');
await once(server, 'listening');
const call = () =>
  fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { authorization: `Bearer ${key}` } });
const guarded = await (await call()).text();
let listed = 0;
for await (const each of client.listKeys({ organization: 'acme' })) listed += each.id === id ? 1 : 0;
await client.revokeKey({ id });
const { reason: revoked } = verifier.verify(key);
const { status: afterwards } = await call();
console.log(JSON.stringify({ issued, guarded, listed, revoked, afterwards }));
server.closeAllConnections();
server.close();
await verifier.close();
