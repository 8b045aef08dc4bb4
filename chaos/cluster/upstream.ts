import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

// Runs in a thread of its own. What stands behind the gateways: `/stream` sends the time every PIECE_INTERVAL_MS for as
// long as anybody reads, everything else is answered at once.

const PIECE_INTERVAL_MS = 40;

const streams = new Set<ServerResponse>();

const server = createServer((request, response) => {
  request.resume();
  if (request.url !== '/stream') {
    response.end('ok');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain' });
  streams.add(response);
  response.once('close', () => streams.delete(response));
});

setInterval(() => {
  const piece = `${process.hrtime.bigint()}\n`;
  for (const stream of streams) {
    // Nothing waits here: a piece that was kept back would be older than it says when it is sent.
    if (!stream.writableNeedDrain) stream.write(piece);
  }
}, PIECE_INTERVAL_MS);

server.listen(0, '127.0.0.1');
await once(server, 'listening');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage((server.address() as AddressInfo).port);
