import { once } from 'node:events';
import { createServer } from 'node:http';
import { createVerifier } from '@keyhold/sdk';

// An application that is attached, once it answers on its port: node bench/parts/attached-application.ts PORT URL TOKEN KEYSPACE

const [port = '', url = '', token = '', keyspace = ''] = process.argv.slice(2);
const verifier = createVerifier({ url, token, keyspaces: [keyspace] });
await verifier.ready(120_000);
const server = createServer((_, response) => response.end()).listen(Number(port), '127.0.0.1');
await once(process, 'SIGTERM');
server.close();
await verifier.close();
