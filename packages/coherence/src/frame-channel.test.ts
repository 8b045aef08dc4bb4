import { Duplex, duplexPair } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameChannel } from './frame-channel.ts';

const isText = (message: unknown) => (typeof message === 'string' ? message : null);
/** A copy: the bytes of a page are the channel's own. */
const isAny = (message: unknown) => structuredClone(message);

interface Limits {
  readonly head?: Uint8Array;
  readonly maxFrameBytes?: number;
  readonly maxQueuedBytes?: number;
}

/** A channel over one end of a pair, and what it told. */
function open<T>(stream: Duplex, read: (message: unknown) => T | null, limits: Limits = {}) {
  const channel = createFrameChannel<unknown, T>(stream, {
    maxFrameBytes: 100,
    maxQueuedBytes: 100 * 1024,
    read,
    ...limits,
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
  // The longest makes a frame of exactly as many bytes as may come.
  const texts = ['first', 'zweitens: ü', '', 'x'.repeat(93), 'last'];
  const bytes = Buffer.concat(texts.map((text) => frame(JSON.stringify(text))));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
      const [near, far] = duplexPair();
      const places = [...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = places.map((place, index) => bytes.subarray(places[index - 1] ?? 0, place));
      const { received, closed } = open(far, isText, pieces[0] === undefined ? {} : { head: pieces[0] });
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

test('messages longer than any before them arrive whole', async () => {
  const [near, far] = duplexPair();
  const sender = open(near, isText);
  const receiver = open(far, isText, { maxFrameBytes: 20_000 });
  const texts = [900, 1_500, 10, 9_000, 1_500].map((length) => 'x'.repeat(length));
  for (const text of texts) sender.channel.send(text);
  sender.channel.close();
  await receiver.closed;
  expect(receiver.received).toEqual(texts);
});

test('whatever JSON can say arrives, also what looks like a page of keys and is none', async () => {
  const [near, far] = duplexPair();
  const sender = open(near, isAny);
  const receiver = open(far, (message) => [structuredClone(message)]);
  const messages = [
    null,
    7,
    { page: null },
    { page: 7 },
    { page: { bytes: 'text' } },
    { kind: 'page', page: { kind: 'keys', keys: [] } },
  ];
  for (const message of messages) sender.channel.send(message);
  sender.channel.close();
  await receiver.closed;
  expect(receiver.received).toEqual(messages.map((message) => [message]));
});

test('messages of one turn of the event loop go out in one write', async () => {
  const writes: number[] = [];
  const stream = new Duplex({
    read() {},
    writev(chunks, done) {
      writes.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0));
      done();
    },
  });
  const { channel } = open(stream, isText);
  for (const text of ['one', 'two', 'six']) channel.send(text);
  await channel.drained();
  channel.send('next');
  await channel.drained();
  expect(writes).toEqual([3 * frame('"one"').length, frame('"next"').length]);
});

test('what was sent before a close arrives, also when the other end takes it late', async () => {
  const [near, far] = duplexPair();
  const sender = open(near, isText);
  for (const text of ['first', 'last']) sender.channel.send(text);
  sender.channel.close();
  sender.channel.close();
  sender.channel.send('too late');
  await setImmediate();
  const receiver = open(far, isText);
  await Promise.all([sender.closed, receiver.closed]);
  expect(receiver.received).toEqual(['first', 'last']);
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
  for (const written of [
    [frame('"before"'), bytes],
    [frame('"before"'), bytes, frame('"after"')],
    [Buffer.concat([frame('"before"'), bytes, frame('"after"')])],
  ]) {
    const [near, far] = duplexPair();
    const { received, closed } = open(far, isText);
    for (const each of written) near.write(each);
    near.resume();
    await closed;
    expect(received).toEqual(['before']);
  }
});

test('a kind of frame that there is not closes the channel, whatever may come', async () => {
  const [near, far] = duplexPair();
  const { received, closed } = open(far, isAny);
  near.resume().write(frame('"x"', 3));
  await closed;
  expect(received).toEqual([]);
});

test('a stream that fails is told as closed', async () => {
  const [near] = duplexPair();
  const { channel, closed } = open(near, isText);
  near.destroy(new Error('reset by peer'));
  await closed;
  channel.send('too late');
  await channel.drained();
});

test('whoever waits between messages goes on as the other end takes them', async () => {
  const [near, far] = duplexPair();
  const { channel } = open(near, isText);
  const listeners = { drain: near.listenerCount('drain'), close: near.listenerCount('close') };
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
  expect(near.listenerCount('drain')).toBe(listeners.drain);
  expect(near.listenerCount('close')).toBe(listeners.close);
});

test('an other end that takes nothing is let go of, with all that waited for it', async () => {
  const [near] = duplexPair();
  const text = 'x'.repeat(1_000);
  const { channel, closed } = open(near, isText, { maxQueuedBytes: 100 * frame(`"${text}"`).length });
  for (let i = 0; i < 100; i++) channel.send(text);
  const waiting = channel.drained();
  expect(near.destroyed).toBe(false);
  channel.send(text);
  await closed;
  await waiting;
  expect(near.destroyed).toBe(true);
});
