import type { IncomingHttpHeaders } from 'node:http';
import type { OPERATIONS } from '@keyhold/api';
import type { FieldError } from '@keyhold/core';
import type { ConsoleSessionRecord, Idempotency, MutationContext, PersonContext } from '@keyhold/store';
import type { z } from 'zod';
import type { AuthenticatedOperator } from '../operators/operator-authenticator.ts';

type Table = typeof OPERATIONS;

/** Whose operations the management app routes. */
export type ManagementFace = 'management' | 'console_door' | 'console';

/** The operations that the management app routes. */
export type ManagementOperationId = {
  [Id in keyof Table]: Table[Id]['face'] extends ManagementFace ? Id : never;
}[keyof Table];

type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : null;
type BodyOf<Id extends ManagementOperationId> = Table[Id]['body'] extends { readonly schema: infer Schema }
  ? OutputOf<Schema>
  : null;

type OfPerson<Id extends ManagementOperationId> = Table[Id]['face'] extends 'console' ? true : false;

/** A request that has passed the choke point: authenticated, read, and valid in every field. */
export interface Call<Id extends ManagementOperationId> {
  readonly operator: AuthenticatedOperator;
  /** Who acts, for the audit log and for the check inside the transaction. */
  readonly context: OfPerson<Id> extends true ? PersonContext : MutationContext;
  /** Of the person who calls; null for a token, and before anybody is logged in. */
  readonly session: OfPerson<Id> extends true ? ConsoleSessionRecord : ConsoleSessionRecord | null;
  readonly userAgent: string | null;
  /** Whether it came over HTTPS, as far as the browser is concerned. */
  readonly isSecure: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly params: OutputOf<Table[Id]['params']>;
  readonly query: OutputOf<Table[Id]['query']>;
  readonly body: BodyOf<Id>;
  /** Null where the operation does not honour `Idempotency-Key`, or there was none. */
  readonly idempotency: Idempotency | null;
  /** The position that `cursor` stands for, and the cursor for a position of the same list. */
  readonly page: { readonly after: string | undefined; next(position: string | null): string | null };
}

/** What is made while it is sent, and not faster than it is taken. */
export interface StreamedContent {
  readonly mediaType: string;
  /** What a browser saves it as. */
  readonly fileName: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** An answer that the table of operations allows. */
export type Answer<Id extends ManagementOperationId> = {
  [Status in keyof Table[Id]['answers']]: {
    readonly status: Status;
    readonly body: Table[Id]['answers'][Status] extends { readonly schema: infer Schema }
      ? OutputOf<Schema>
      : never;
    /** Nothing was done: an earlier call with the same idempotency key did it. */
    readonly replayed?: boolean;
    /** In place of the body, as it is read off. */
    readonly content?: StreamedContent;
    /** Values for `Set-Cookie`. */
    readonly cookies?: readonly string[];
    readonly location?: string;
  };
}[keyof Table[Id]['answers']];

export interface Route<Id extends ManagementOperationId> {
  /**
   * Rules that the schema cannot say. Sees the fields whose shape is right, so any may be missing; what it finds is told
   * together with what the schema finds.
   */
  check?(
    body: Partial<BodyOf<Id>>,
    call: Pick<Call<Id>, 'operator' | 'params'>,
  ): readonly FieldError[] | Promise<readonly FieldError[]>;
  handle(call: Call<Id>): Promise<Answer<Id>>;
}

/** The routes of some operations; the app takes all of them together, so that none is missing. */
export type Routes<Id extends ManagementOperationId = ManagementOperationId> = {
  readonly [Each in Id]: Route<Each>;
};
