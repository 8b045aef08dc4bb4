import type { Duplex } from 'node:stream';
import type { Channel } from './channel.ts';

/** What a frame holds. */
const JSON_MESSAGE = 1;
const KEY_PAGE = 2;

/** The length of what follows and, one byte, what it is. */
const HEAD_BYTES = 5;

const FIRST_HELD_BYTES = 1_024;

/**
 * Makes a channel of a byte stream. Each message is a frame: four bytes of length (little-endian), one of kind, then JSON,
 * or for a page of keys its own bytes. A frame that is too long or cannot be read closes it, and so does an
 * other end that lets too much pile up.
 *
 * @param options.head bytes of the stream that were read already.
 * @param options.maxFrameBytes what the other end may make this one hold; a longer frame closes the channel.
 * @param options.maxQueuedBytes what may wait here for the other end to take it.
 * @param options.read takes a message apart, before it returns where that is a page's bytes; null for one that may not come, which closes the channel.
 */
export function createFrameChannel<Out, In>(
  stream: Duplex,
  options: {
    readonly head?: Uint8Array;
    readonly maxFrameBytes: number;
    readonly maxQueuedBytes: number;
    readonly read: (message: unknown) => In | null;
  },
): Channel<Out, In> {
  const { head, maxFrameBytes, maxQueuedBytes, read } = options;
  let tell: (message: In) => void = () => {};
  let tellClosed: () => void = () => {};
  /** The frame that is arriving, as far as it is here. Its memory is used again: a million keys come in a thousand frames. */
  let held = Buffer.allocUnsafe(FIRST_HELD_BYTES);
  let heldBytes = 0;
  let neededBytes = HEAD_BYTES;
  let headRead = false;
  let closed = false;

  function close(): void {
    closed = true;
    // What was sent last still goes out.
    stream.end(() => stream.destroy());
  }

  /** What is sent in one turn goes out in one write. */
  function gather(): void {
    if (stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  function takeFrame(frame: Buffer): void {
    let message: In | null = null;
    try {
      message = read(parse(frame));
    } catch {
      // Not of this protocol: closed like any other that may not come.
    }
    if (message === null) close();
    else tell(message);
  }

  function need(byteLength: number): void {
    neededBytes = byteLength;
    if (byteLength <= held.length) return;
    const larger = Buffer.allocUnsafe(2 * byteLength);
    held.copy(larger, 0, 0, heldBytes);
    held = larger;
  }

  function take(received: Buffer): void {
    for (let start = 0; start < received.length && !closed; ) {
      const copied = received.copy(held, heldBytes, start, start + neededBytes - heldBytes);
      start += copied;
      heldBytes += copied;
      if (heldBytes < neededBytes) return;
      if (!headRead) {
        headRead = true;
        const frameBytes = HEAD_BYTES + held.readUInt32LE();
        // No message is empty.
        if (frameBytes === HEAD_BYTES || frameBytes > maxFrameBytes) close();
        else need(frameBytes);
        continue;
      }
      takeFrame(held.subarray(0, neededBytes));
      headRead = false;
      heldBytes = 0;
      neededBytes = HEAD_BYTES;
    }
  }

  // It is destroyed by that, which `close` tells.
  stream.on('error', () => {});
  stream.on('end', close);
  stream.once('close', () => {
    closed = true;
    tellClosed();
  });
  return {
    send(message) {
      if (closed) return;
      gather();
      for (const part of print(message)) stream.write(part);
      // It takes nothing any more, or too slowly ever to catch up.
      if (stream.writableLength > maxQueuedBytes) stream.destroy();
    },
    drained() {
      return new Promise((resolve) => {
        if (closed || !stream.writableNeedDrain) {
          setImmediate(resolve);
          return;
        }
        function done(): void {
          stream.off('drain', done);
          stream.off('close', done);
          resolve();
        }
        stream.on('drain', done);
        stream.on('close', done);
      });
    },
    onMessage(listener) {
      tell = listener;
      if (head !== undefined) stream.unshift(head);
      stream.on('data', take);
    },
    onClose(listener) {
      tellClosed = listener;
    },
    close,
  };
}

function print(message: unknown): readonly Uint8Array[] {
  const bytes = keyPageOf(message);
  const body = bytes ?? Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(body.length);
  head.writeUInt8(bytes === null ? JSON_MESSAGE : KEY_PAGE, 4);
  return [head, body];
}

/** @throws {SyntaxError} {@link RangeError} for what is no frame. */
function parse(frame: Buffer): unknown {
  const body = frame.subarray(HEAD_BYTES);
  const kind = frame.readUInt8(4);
  if (kind === JSON_MESSAGE) return JSON.parse(body.toString());
  if (kind === KEY_PAGE) return { kind: 'page', page: { kind: 'key_page', bytes: body } };
  throw new RangeError(`There are no frames of kind ${kind}.`);
}

/** The bytes of a message that is nothing but a page of keys. */
function keyPageOf(message: unknown): Uint8Array | null {
  if (typeof message !== 'object' || message === null || !('page' in message)) return null;
  const { page } = message;
  if (typeof page !== 'object' || page === null || !('bytes' in page)) return null;
  return page.bytes instanceof Uint8Array ? page.bytes : null;
}
