import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { serveBaseline } from './server.ts';

// All nodes share a cache; revoking deletes the key from it. Between reading the row and writing the cache there is a
// gap: what a revocation deleted in between is written again, and stays for the 60 s that entries live.

await serveBaseline(async ({ readRow, cachePort }) => {
  const socket = connect(cachePort, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  const waiting: ((answer: string) => void)[] = [];
  createInterface({ input: socket }).on('line', (line) => waiting.shift()?.(line));

  function ask(command: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    waiting.push(resolve);
    socket.write(`${command}\n`);
    return promise;
  }

  return {
    async isValid(lookup) {
      if ((await ask(`GET ${lookup}`)) === 'valid') return true;
      const isValid = await readRow(lookup);
      if (isValid) await ask(`SET ${lookup}`);
      return isValid;
    },
    async onRevoked(lookup) {
      await ask(`DEL ${lookup}`);
    },
  };
});
