import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { resetSocket } from '@keyhold/coherence';
import { type ClientAddress, formatClientAddress, parseClientAddress } from '@keyhold/core';

/** Work that must know when the client's connection is gone. */
export interface ConnectionUser {
  clientGone(): void;
  /**
   * The bytes that follow on the connection are not HTTP.
   *
   * @returns true when they are of this request's body, and the connection ends with the one answer the request has.
   */
  bodyBroken(): boolean;
}

/** One client's connection: who is at the other end, and what is going on over it. */
export class ClientConnection {
  readonly socket: Socket;
  readonly encrypted: boolean;
  /** The peer's address as text; an IPv4 client of a dual-stack listener stands as IPv4. */
  readonly peer: string;
  readonly address: ClientAddress | null;
  /** Its last answer has been given, and says so. */
  ending = false;
  /** The request in progress. Without pipelining there is one at a time, and then no set has to grow and shrink. */
  #user: ConnectionUser | null = null;
  readonly #others = new Set<ConnectionUser>();

  constructor(socket: Socket) {
    this.socket = socket;
    this.encrypted = socket instanceof TLSSocket;
    const text = socket.remoteAddress ?? '';
    this.address = parseClientAddress(text);
    this.peer = this.address === null ? 'unknown' : formatClientAddress(this.address);
    socket.once('close', () => {
      this.#user?.clientGone();
      for (const user of this.#others) user.clientGone();
    });
  }

  get busy(): boolean {
    return this.#user !== null || this.#others.size > 0;
  }

  enter(user: ConnectionUser): void {
    if (this.#user === null) this.#user = user;
    else this.#others.add(user);
  }

  leave(user: ConnectionUser): void {
    if (this.#user === user) this.#user = null;
    else this.#others.delete(user);
  }

  /** What is in progress ends because the client sent what cannot be read; only a request on its own can be told. */
  breakOff(): void {
    if (this.#others.size > 0 || this.#user?.bodyBroken() !== true) this.socket.destroy();
  }

  /**
   * Ends the connection so that nothing the client has of it can look complete: what the kernel still holds is dropped
   * and the client sees a reset. Over TLS the missing close_notify says the same.
   */
  reset(): void {
    if (this.encrypted) this.socket.destroy();
    else resetSocket(this.socket);
  }
}

const connections = new WeakMap<Socket, ClientConnection>();

export function connectionOf(socket: Socket): ClientConnection {
  let connection = connections.get(socket);
  if (connection === undefined) {
    connection = new ClientConnection(socket);
    connections.set(socket, connection);
  }
  return connection;
}
