import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { resetSocket } from './reset-socket.ts';

/** Both ends of a connection over which nothing has gone yet. */
async function openPair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted: Promise<Socket[]> = once(server, 'connection');
  const far = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  const [near] = await accepted;
  server.close();
  if (near === undefined) throw new Error('Nobody connected.');
  onTestFinished(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far };
}

/** What is written until the kernel takes no more. */
function fill(socket: Socket): void {
  while (socket.write(Buffer.alloc(1 << 20)));
}

test.each<[string, (socket: Socket) => void]>([
  ['is idle', () => {}],
  ['has written more than the kernel takes', fill],
  [
    'has more to write before its end',
    (socket) => {
      fill(socket);
      socket.end();
    },
  ],
])('a connection that %s is reset at once', async (_, prepare) => {
  const { near, far } = await openPair();
  const failed = once(far, 'error');
  prepare(near);
  resetSocket(near);
  expect(near.destroyed).toBe(true);
  far.resume();
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

test.each<[string, (socket: Socket) => void]>([
  ['is ending', (socket) => void socket.end()],
  ['is ending and would be closed then', (socket) => socket.destroySoon()],
])('a connection that %s is closed, and nothing of it stays open', async (_, end) => {
  const { near } = await openPair();
  const errors: unknown[] = [];
  near.on('error', (error) => void errors.push(error));
  const closed = once(near, 'close');
  end(near);
  resetSocket(near);
  await closed;
  expect(errors).toEqual([]);
});
