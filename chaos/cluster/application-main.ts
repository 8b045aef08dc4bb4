import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVerifier } from '@keyhold/sdk';
import { protect } from '@keyhold/sdk/node';
import { createAnswers } from './answers.ts';
import { KEYSPACE } from './keyspace.ts';

// An application that verifies in its own process: node application-main.ts URL…, with the token in KEYHOLD_ATTACH_TOKEN.
// Its port is the first line that it writes, once it answers.

const verifier = createVerifier({
  url: process.argv.slice(2),
  token: process.env['KEYHOLD_ATTACH_TOKEN'] ?? '',
  keyspaces: [KEYSPACE],
  onEvent: (event) => console.error(JSON.stringify(event)),
});
const server = createServer(protect({ verifier, keyspace: KEYSPACE }, createAnswers())).listen(
  0,
  '127.0.0.1',
);
await once(server, 'listening');
await verifier.ready();
console.log((server.address() as AddressInfo).port);
