import { type Duplex, duplexPair } from 'node:stream';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameChannel } from './frame-channel.ts';

const isText = (message: unknown) => (typeof message === 'string' ? message : null);
/** A copy: the bytes of a page are the channel's own. */
const isAny = (message: unknown) => structuredClone(message);

/** A channel over one end of a pair, and what it told. */
function open<T>(stream: Duplex, read: (message: unknown) => T | null, head?: Uint8Array) {
  const channel = createFrameChannel<unknown, T>(stream, {
    maxFrameBytes: 100,
    maxQueuedBytes: 100 * 1024,
    read,
    ...(head !== undefined && { head }),
  });
  const received: T[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  channel.onMessage((message) => void received.push(message));
  channel.onClose(resolve);
  return { channel, received, closed };
}

/** A frame as it goes over the wire. */
function frame(body: string, kind = 1, length = Buffer.byteLength(body)): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(length);
  head.writeUInt8(kind, 4);
  return Buffer.concat([head, Buffer.from(body)]);
}

test('messages arrive in order, whatever pieces their bytes come in', async () => {
  const texts = ['first', 'zweitens: ü', '', 'x'.repeat(90), 'last'];
  const bytes = Buffer.concat(texts.map((text) => frame(JSON.stringify(text))));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
      const [near, far] = duplexPair();
      const places = [...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = places.map((place, index) => bytes.subarray(places[index - 1] ?? 0, place));
      const { received, closed } = open(far, isText, pieces[0]);
      for (const piece of pieces.slice(1)) near.write(piece);
      near.resume().end();
      await closed;
      expect(received).toEqual(texts);
    }),
    { numRuns: 50 },
  );
});

test('a page of keys crosses as its bytes, between messages that are JSON', async () => {
  const [near, far] = duplexPair();
  const sender = open(near, isAny);
  const receiver = open(far, isAny);
  const messages = [
    'before',
    { kind: 'page', page: { kind: 'key_page', bytes: Uint8Array.of(0, 255, 10) } },
    'after',
  ];
  for (const message of messages) sender.channel.send(message);
  sender.channel.close();
  await receiver.closed;
  expect(receiver.received).toEqual([
    'before',
    { kind: 'page', page: { kind: 'key_page', bytes: Uint8Array.of(0, 255, 10) } },
    'after',
  ]);
});

test('what was sent before a close still arrives, and nothing sent after it', async () => {
  const [near, far] = duplexPair();
  const sender = open(near, isText);
  const receiver = open(far, isText);
  sender.channel.send('last');
  sender.channel.close();
  sender.channel.send('too late');
  await Promise.all([sender.closed, receiver.closed]);
  expect(receiver.received).toEqual(['last']);
});

test.each([
  ['no JSON', frame('x')],
  ['a message that may not come', frame('1')],
  ['a kind that there is not', frame('"x"', 3)],
  ['a frame that is too long', frame('', 1, 96)],
  ['a frame of nothing', frame('')],
])('%s closes the channel, and nothing behind it is read', async (_, bytes) => {
  const [near, far] = duplexPair();
  const { received, closed } = open(far, isText);
  near.write(frame('"before"'));
  near.write(bytes);
  near.write(frame('"after"'));
  near.resume();
  await closed;
  expect(received).toEqual(['before']);
});

test('whoever waits between messages goes on as the other end takes them', async () => {
  const [near, far] = duplexPair();
  const { channel } = open(near, isText);
  let sent = 0;
  const sending = (async () => {
    for (; sent < 1_000; sent++) {
      channel.send('x'.repeat(1_000));
      await channel.drained();
    }
  })();
  await expect.poll(() => near.writableNeedDrain).toBe(true);
  expect(sent).toBeLessThan(1_000);
  far.resume();
  await sending;
  expect(sent).toBe(1_000);
});

test('an other end that takes nothing is let go of, with all that waited for it', async () => {
  const [near] = duplexPair();
  const { channel, closed } = open(near, isText);
  const waiting = channel.drained();
  for (let i = 0; i < 200; i++) channel.send('x'.repeat(1_000));
  await closed;
  await waiting;
  expect(near.destroyed).toBe(true);
});
