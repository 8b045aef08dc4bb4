import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import type { ClientAddress, Clock, Credential, Keyspace } from '@keyhold/core';
import type { GatewayDefinition } from './definition.ts';

/** A request under a keyspace's self-service mount, checked as every other (framing, canonical path) but not verified. */
export interface SelfServiceRequest {
  readonly keyspace: Keyspace;
  readonly keysMayManage: boolean;
  /** The canonical path after the mount: empty, `/12`, `/12/recycle` … */
  readonly subPath: string;
  /** The query without `?`; empty when there is none. */
  readonly query: string;
  readonly credential: Credential;
  readonly clientAddress: ClientAddress | null;
  readonly requestId: string;
}

/** Answers a self-service request, errors included. Never rejects. */
export type SelfServiceHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  selfService: SelfServiceRequest,
) => Promise<void>;

/** The log lines a gateway writes. Fields never hold a key or a header's value. */
export interface GatewayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface GatewayOptions {
  readonly definitions: readonly GatewayDefinition[];
  /** The shared listener for keyspaces with `hosts`; null when there is none. */
  readonly sharedListener: { readonly host: string; readonly port: number } | null;
  readonly verifier: Verifier;
  readonly selfService: SelfServiceHandler;
  readonly clock: Clock;
  /** Makes the value of `Keyhold-Request-Id`. */
  readonly createRequestId: () => string;
  readonly log: GatewayLog;
  /** Called once for each request that ended, for metrics. */
  readonly observe: (ended: {
    readonly keyspace: string;
    readonly status: number;
    readonly durationMs: number;
    /** The gateway cut it because its key was no longer accepted. */
    readonly ended: boolean;
  }) => void;
}

export interface Gateway {
  /** Binds every listener; when one fails none stays bound. @throws {KeyholdError} `address_in_use`. */
  listen(): Promise<readonly { readonly keyspaces: readonly string[]; readonly url: string }[]>;
  /** Stops accepting, lets requests finish for `deadlineMs`, then cuts what is left. */
  close(deadlineMs: number): Promise<void>;
}
