import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import type { ClientAddress, Clock, Credential, Keyspace } from '@keyhold/core';
import type { GatewayDefinition } from './definition.ts';

/** A request under one of a keyspace's mounts, checked as every other (framing, canonical path) but not verified. */
interface MountedRequest {
  readonly keyspace: Keyspace;
  /** Where the client sees the mount, without a slash at the end. */
  readonly mount: string;
  /** The canonical path after the mount: empty, `/12`, `/12/recycle` … */
  readonly subPath: string;
  /** The query without `?`; empty when there is none. */
  readonly query: string;
  readonly clientAddress: ClientAddress | null;
  readonly requestId: string;
}

export interface SelfServiceRequest extends MountedRequest {
  readonly keysMayManage: boolean;
  readonly credential: Credential;
}

/** A request for the API Keys page, or of it. */
export interface PageRequest extends MountedRequest {
  /** The customer's browser speaks HTTPS to whoever answers here. */
  readonly isSecure: boolean;
}

/** Answers a request under the page's mount, errors included. Never rejects. */
export type PageHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  page: PageRequest,
) => Promise<void>;

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
  readonly page: PageHandler;
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
