import { type Duplex, duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { createLineChannel } from './line-channel.ts';

const isText = (message: unknown) => (typeof message === 'string' ? message : null);

/** A channel of texts over one end of a pair, and what it told. */
function open(stream: Duplex, head?: Uint8Array) {
  const channel = createLineChannel<string, string>(stream, {
    maxLineBytes: 100,
    read: isText,
    ...(head !== undefined && { head }),
  });
  const received: string[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  channel.onMessage((message) => void received.push(message));
  channel.onClose(resolve);
  return { channel, received, closed };
}

test('messages arrive in order, whatever pieces their bytes come in', async () => {
  const [near, far] = duplexPair();
  const { received, closed } = open(far, Buffer.from('"fir'));
  const bytes = Buffer.from('st"\n"zweitens: ü"\n"third"\n');
  for (const byte of bytes) near.write(Buffer.of(byte));
  near.write(Buffer.concat([Buffer.from('"fourth"\n"fif'), Buffer.from('th"\n')]));
  near.resume().end();
  await closed;
  expect(received).toEqual(['first', 'zweitens: ü', 'third', 'fourth', 'fifth']);
});

test('what was sent before a close still arrives, and nothing sent after it', async () => {
  const [near, far] = duplexPair();
  const sender = open(near);
  const receiver = open(far);
  sender.channel.send('last');
  sender.channel.close();
  sender.channel.send('too late');
  await Promise.all([sender.closed, receiver.closed]);
  expect(receiver.received).toEqual(['last']);
});

test.each([
  ['no JSON', 'x\n'],
  ['a message that may not come', '1\n'],
  ['a line without an end', 'x'.repeat(101)],
])('%s closes the channel, and nothing behind it is read', async (_, bytes) => {
  const [near, far] = duplexPair();
  const { received, closed } = open(far);
  near.write(`"before"\n${bytes}`);
  near.write('"after"\n');
  near.resume();
  await closed;
  expect(received).toEqual(['before']);
});
