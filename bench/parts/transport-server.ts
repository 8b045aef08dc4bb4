import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { createFrameChannel } from '@keyhold/coherence';

// The other end of transports.ts, in a thread: sends every message back over the transport it is named after.

const transport: string = workerData;

/** The opcode of a frame. */
const CLOSE = 8;

function echo(stream: Duplex): void {
  const limits = { maxFrameBytes: 1 << 20, maxQueuedBytes: 1 << 28 };
  const channel = createFrameChannel(stream, { ...limits, read: (message) => message });
  channel.onMessage((message) => channel.send(message));
}

/** RFC 6455 as far as whole short messages of a client need it: unmasked, parsed, printed, sent back. */
function echoWebSocket(stream: Duplex): void {
  let held: Buffer = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes]);
    for (;;) {
      const short = (held[1] ?? 0) & 0x7f;
      const at = short === 126 ? 4 : 2;
      if (held.length < at + 4) return;
      const length = short === 126 ? held.readUInt16BE(2) : short;
      if (held.length < at + 4 + length) return;
      if (((held[0] ?? 0) & 0x0f) === CLOSE) {
        stream.end();
        return;
      }
      const mask = held.subarray(at, at + 4);
      const body = Buffer.from(held.subarray(at + 4, at + 4 + length));
      for (let i = 0; i < length; i++) body[i]! ^= mask[i & 3]!;
      held = held.subarray(at + 4 + length);
      const text = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
      const head = Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff]);
      stream.write(Buffer.concat([head, text]));
    }
  });
  stream.on('error', () => stream.destroy());
}

const server = transport === 'HTTP/2 stream' ? createHttp2Server() : createServer();
server.on('stream', (stream: Duplex & { respond(): void }) => {
  stream.respond();
  echo(stream);
});
server.on('upgrade', (incoming, socket: Duplex & { setNoDelay(on: boolean): void }) => {
  socket.setNoDelay(true);
  const key = incoming.headers['sec-websocket-key'];
  const accept = hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64');
  const head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${incoming.headers.upgrade}\r\n`;
  socket.write(key === undefined ? `${head}\r\n` : `${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
  if (key === undefined) echo(socket);
  else echoWebSocket(socket);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage((server.address() as AddressInfo).port);
