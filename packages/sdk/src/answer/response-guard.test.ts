import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { reset } from './response-guard.ts';

test.each<[string, (response: ServerResponse) => void]>([
  ['is under way', (response) => void response.write('first')],
  [
    'is ending its connection',
    (response) => {
      response.write('first');
      response.socket?.end();
    },
  ],
])('over a Unix socket, an answer that %s is cut by closing it', async (_, answer) => {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'socket');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const client = connect({ path, allowHalfOpen: true });
  onTestFinished(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });
  client.resume().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [request, response]: [IncomingMessage, ServerResponse] = (await once(server, 'request')) as never;
  const closed = once(request.socket, 'close');
  answer(response);
  reset(request);
  await closed;
  expect(response.closed).toBe(true);
});
