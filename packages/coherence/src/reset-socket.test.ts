import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resetSocket } from './reset-socket.ts';

/** Both ends of a connection over which nothing has gone yet. */
async function openPair(path?: string): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  const address = server.address();
  if (address === null) throw new Error('Nobody listens.');
  const accepted: Promise<Socket[]> = once(server, 'connection');
  const to = typeof address === 'string' ? { path: address } : { host: '127.0.0.1', port: address.port };
  const far = connect({ ...to, allowHalfOpen: true });
  const [near] = await accepted;
  server.close();
  if (near === undefined) throw new Error('Nobody connected.');
  onTestFinished(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far };
}

function makeSocketPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'socket');
}

/** What is written until the kernel takes no more. */
function fill(socket: Socket): void {
  while (socket.write(Buffer.alloc(1 << 20)));
}

type Preparation = readonly [string, (socket: Socket) => void];

const OPEN: readonly Preparation[] = [
  ['is idle', () => {}],
  ['has written more than the kernel takes', fill],
  [
    'has more to write before its end',
    (socket) => {
      fill(socket);
      socket.end();
    },
  ],
];
const ENDING: readonly Preparation[] = [
  ['is ending', (socket) => void socket.end()],
  ['is ending and would be closed then', (socket) => socket.destroySoon()],
];

test.each(OPEN)('a connection that %s is reset at once', async (_, prepare) => {
  const { near, far } = await openPair();
  const failed = once(far, 'error');
  prepare(near);
  resetSocket(near);
  expect(near.destroyed).toBe(true);
  far.resume();
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

test.each(OPEN)('a connection over a Unix socket that %s is closed at once', async (_, prepare) => {
  const { near, far } = await openPair(makeSocketPath());
  prepare(near);
  resetSocket(near);
  expect(near.destroyed).toBe(true);
  far.resume();
  await once(far, 'end');
});

describe.each([
  ['TCP', () => undefined],
  ['a Unix socket', makeSocketPath],
])('over %s', (_, makePath) => {
  test.each(ENDING)('a connection that %s is closed, and nothing of it stays open', async (_, end) => {
    const { near } = await openPair(makePath());
    const errors: unknown[] = [];
    near.on('error', (error) => void errors.push(error));
    const closed = once(near, 'close');
    end(near);
    resetSocket(near);
    await closed;
    expect(errors).toEqual([]);
  });
});
