import { connect, type Socket } from 'node:net';

/** What came back, as far as load needs it. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One kept-alive HTTP connection with one request at a time. Far cheaper than an HTTP client, so that the processor goes
 * to the servers; it reads answers with a Content-Length, or without a body.
 */
export class KeptAliveConnection {
  readonly #socket: Socket;
  #received = '';
  #settle: ((answer: RawAnswer | null) => void) | null = null;
  #isOpen = true;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => this.#receive(text));
    // What went wrong does not matter: there is no answer.
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @returns null when the connection broke or no answer came in time; it is closed then. */
  async exchange(request: string, patienceMs: number): Promise<RawAnswer | null> {
    if (!this.#isOpen) return null;
    const { promise, resolve } = Promise.withResolvers<RawAnswer | null>();
    this.#settle = resolve;
    const timer = setTimeout(() => this.close(), patienceMs);
    this.#socket.write(request);
    const answer = await promise;
    clearTimeout(timer);
    return answer;
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.destroy();
    this.#settle?.(null);
  }

  #receive(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd + 2);
    const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return;
    const body = this.#received.slice(headEnd + 4, end);
    this.#received = this.#received.slice(end);
    const settle = this.#settle;
    this.#settle = null;
    settle?.({ status: Number(head.slice(9, 12)), body });
    if (/\r\nconnection: close\r\n/i.test(head)) this.close();
  }
}
