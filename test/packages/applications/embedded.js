import { once } from 'node:events';
import { createServer } from 'node:http';
import { createKeyhold } from '@keyhold/embedded';
import { protect } from '@keyhold/sdk/node';

// It does what an application does with a Keyhold of its own, and prints what came of it.

const keyhold = await createKeyhold({ database: 'file:./keyhold.db' });
await keyhold.client.createOrganization({ id: 'acme', name: 'Acme Ltd' });
const { id, key } = await keyhold.client.issueKey({
  keyspace: 'default',
  organization: 'acme',
  name: 'Production server',
  environment: 'live',
});
const issued = keyhold.verify(key).valid;
const api = protect({ verifier: keyhold, keyspace: 'default' }, (request, response) =>
  response.end(request.keyhold.organization),
);
const server = createServer((request, response) =>
  request.url.startsWith('/portal/') ? keyhold.listener(request, response) : api(request, response),
).listen(0, '127.0.0.1');
await once(server, 'listening');
const call = (path) =>
  fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: { authorization: `Bearer ${key}` } });
const guarded = await (await call('/')).text();
const { status: page } = await call('/portal/default');
await keyhold.client.revokeKey({ id });
const { reason: revoked } = keyhold.verify(key);
const { status: afterwards } = await call('/');
console.log(JSON.stringify({ issued, guarded, page, revoked, afterwards }));
server.closeAllConnections();
server.close();
await keyhold.close();
