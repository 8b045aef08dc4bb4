import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { parentPort } from 'node:worker_threads';

// Runs in a thread of its own. A cache in memory, as small as can be: a line is GET, SET or DEL and a name, the answer to
// it "valid" or "-". What is set lives for 60 s.

const TTL_MS = 60_000;

const validUntilMs = new Map<string, number>();

function carryOut(line: string): string {
  const [command, name = ''] = line.split(' ');
  if (command === 'SET') validUntilMs.set(name, performance.now() + TTL_MS);
  if (command === 'DEL') validUntilMs.delete(name);
  return (validUntilMs.get(name) ?? 0) > performance.now() ? 'valid' : '-';
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', (line) => socket.write(`${carryOut(line)}\n`));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage((server.address() as AddressInfo).port);
