import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { createAnswers } from './answers.ts';

// What stands behind the gateways, in a thread of its own.

const server = createServer(createAnswers()).listen(0, '127.0.0.1');
await once(server, 'listening');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage((server.address() as AddressInfo).port);
