import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One kept-alive connection on which one request after another is timed. */
export class RawClient {
  readonly #socket: Socket;
  /** Of every answer; known from the first. All causes of a denial have it in common, or the measurement stops. */
  #answerBytes = 0;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #startNs = 0n;
  #resolve: (elapsedNs: number) => void = () => {};
  #reject: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('close', () => this.#reject(new Error('The server closed the connection.')));
  }

  static async open(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** From the first byte handed to the socket to the last byte of the 401 that came back, in ns. */
  exchange(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#received = [];
      this.#receivedBytes = 0;
      this.#startNs = process.hrtime.bigint();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#reject = () => {};
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes < this.#answerBytes) return;
    const elapsedNs = Number(process.hrtime.bigint() - this.#startNs);
    const answer = Buffer.concat(this.#received).toString('latin1');
    const bytes = lengthOf(answer);
    if (bytes === null || bytes > this.#receivedBytes) return;
    if (this.#answerBytes === 0) this.#answerBytes = bytes;
    if (answer.startsWith('HTTP/1.1 401 ') && this.#receivedBytes === this.#answerBytes)
      this.#resolve(elapsedNs);
    else this.#reject(new Error(`This is not the answer that others got:\n${answer}`));
  }
}

/** How long the whole answer is, by its Content-Length; null while its head is not complete. */
function lengthOf(answer: string): number | null {
  const headEnd = answer.indexOf('\r\n\r\n');
  const contentLength = /\r\ncontent-length: (\d+)\r\n/i.exec(answer.slice(0, headEnd + 2));
  return headEnd === -1 || contentLength === null ? null : headEnd + 4 + Number(contentLength[1]);
}
