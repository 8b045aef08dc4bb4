import type { Duplex } from 'node:stream';
import type { Channel } from './channel.ts';

const NEWLINE = 0x0a;

/**
 * Makes a channel of a byte stream: each message is JSON on a line of its own. A line that is too long or no JSON closes it.
 *
 * @param options.head bytes of the stream that were read already.
 * @param options.maxLineBytes what the other end may make this one hold; a longer line closes the channel.
 * @param options.read takes a message apart; null for one that may not come, which closes the channel.
 */
export function createLineChannel<Out, In>(
  stream: Duplex,
  options: {
    readonly head?: Uint8Array;
    readonly maxLineBytes: number;
    readonly read: (message: unknown) => In | null;
  },
): Channel<Out, In> {
  const { head, maxLineBytes, read } = options;
  let tell: (message: In) => void = () => {};
  let tellClosed: () => void = () => {};
  let parts: Buffer[] = [];
  let heldBytes = 0;
  let closed = false;

  function close(): void {
    if (closed) return;
    closed = true;
    parts = [];
    // What was sent last still goes out.
    stream.end(() => stream.destroy());
  }

  function takeLine(line: string): void {
    let message: In | null = null;
    try {
      message = read(JSON.parse(line));
    } catch {
      // Not of this protocol: closed like any other that may not come.
    }
    if (message === null) close();
    else tell(message);
  }

  function take(bytes: Buffer): void {
    if (closed) return;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...parts, bytes.subarray(start, end)]).toString();
      parts = [];
      heldBytes = 0;
      start = end + 1;
      takeLine(line);
      if (closed) return;
    }
    if (start === bytes.length) return;
    parts.push(bytes.subarray(start));
    heldBytes += bytes.length - start;
    if (heldBytes > maxLineBytes) close();
  }

  stream.on('error', () => stream.destroy());
  stream.on('end', close);
  stream.once('close', () => {
    closed = true;
    tellClosed();
  });
  return {
    send(message) {
      if (!closed) stream.write(`${JSON.stringify(message)}\n`);
    },
    onMessage(listener) {
      tell = listener;
      if (head !== undefined && head.length > 0) stream.unshift(head);
      stream.on('data', take);
    },
    onClose(listener) {
      tellClosed = listener;
    },
    close,
  };
}
