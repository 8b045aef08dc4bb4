import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  CHILD_TTL_MS,
  type ChildMessage,
  createFrameChannel,
  type Membership,
  type ParentChannel,
  type ParentMessage,
  type Verifier,
} from '@keyhold/coherence';
import {
  type Clock,
  findFrameFault,
  isKeyholdError,
  KeyholdError,
  OPERATOR_KEYSPACE,
  readCredential,
} from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Log } from '../observability/log.ts';
import {
  maySee,
  OPERATOR_CREDENTIAL,
  type OperatorAuthenticator,
} from '../operators/operator-authenticator.ts';
import type { UpgradeHandler } from '../process/http-listener.ts';
import { endWithProblem } from '../process/parser-errors.ts';
import { toBelievableTimes } from './believable-times.ts';
import { readChildMessage, type UsageMessage } from './child-message.ts';
import { createRefusalAllowance } from './refusal-allowance.ts';

const PATH = '/v1/attach';
/** The number is that of the frames and the messages in them. */
const PROTOCOL = 'keyhold-attach/1';

/** What a node of this version takes beyond the first of the protocol; a verifier sends nothing that it has not read here. */
const TAKEN = 'Keyhold-Attach-Takes: refusals';

/** A thousand keys' counts, however long the words; older verifiers send those of all keys at once. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** Some tens of thousands of changes, or twenty pages of keys; a verifier that far behind attaches again. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;

/** A child asks for a grant every second at least; one that is this silent is gone. */
const SILENCE_MS = 15_000;

export interface AttachFaceOptions {
  readonly accept: Membership['accept'];
  readonly authenticator: OperatorAuthenticator;
  readonly verifier: Verifier;
  readonly store: Pick<Store, 'flushUsage'>;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly createRequestId: () => string;
}

/**
 * `GET /v1/attach?keyspace=…`, with `Upgrade: keyhold-attach/1`: the stream of a verifier in somebody else's process, which
 * becomes a child of this one. Messages of `@keyhold/coherence`, each a frame.
 */
export interface AttachFace extends UpgradeHandler {
  /** Has every attached verifier stop and go elsewhere; waits for as long as a grant lasts at the most. */
  close(): Promise<void>;
}

interface Attached {
  /** Has the verifier stop, which it says; then its stream ends. */
  dismiss(): void;
  /** Resolves when the stream is gone. */
  readonly gone: Promise<void>;
}

export function createAttachFace(options: AttachFaceOptions): AttachFace {
  const { accept, authenticator, verifier, store, nodeName, clock, log, createRequestId } = options;
  const attached = new Set<Attached>();
  let closing = false;

  /** @returns the keyspaces asked for. @throws {KeyholdError} the refusal. */
  function readKeyspaces(request: IncomingMessage): ReadonlySet<string> {
    const asked = new URL(request.url ?? '', 'http://keyhold').searchParams.getAll('keyspace');
    if (asked.length === 0) {
      throw new KeyholdError('invalid_request', 'Name the keyspaces to verify for, as "?keyspace=" each.');
    }
    return new Set(asked);
  }

  function refuse(socket: Socket, error: KeyholdError, challenge?: string): void {
    const headers = challenge === undefined ? [] : [`WWW-Authenticate: ${challenge}`];
    endWithProblem(socket, error, headers, { nowMs: clock.nowMs(), requestId: createRequestId() });
  }

  function attach(socket: Socket, head: Buffer, keyspaces: ReadonlySet<string>): Attached {
    const stream = createFrameChannel<ParentMessage, ChildMessage | UsageMessage>(socket, {
      head,
      maxFrameBytes: MAX_FRAME_BYTES,
      maxQueuedBytes: MAX_QUEUED_BYTES,
      read: readChildMessage,
    });
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const entry = {
      gone,
      dismiss() {
        stream.send({ kind: 'stop' });
        // Whoever does not say that it stopped is waited for until its grant has run out; it needs no stream for that.
        const cancel = clock.setTimer(CHILD_TTL_MS, () => void socket.destroy());
        void gone.then(cancel);
      },
    };
    attached.add(entry);
    let stopping = false;
    const allow = createRefusalAllowance(clock);
    const channel: ParentChannel = {
      ...stream,
      onMessage(listener) {
        stream.onMessage((message) => {
          if (message.kind === 'usage') {
            countUsage({ ...message, refusals: allow(message.refusals ?? []) }, keyspaces);
            return;
          }
          stopping ||= message.kind === 'stopped';
          listener(message);
          if (stopping) stream.close();
        });
      },
      onClose(listener) {
        stream.onClose(() => {
          attached.delete(entry);
          listener();
          resolve();
        });
      },
    };
    accept(channel, keyspaces);
    return entry;
  }

  /** A token that stops being good takes its verifier with it. */
  function holdUnderToken(request: IncomingMessage, stream: Attached): void {
    const credential = readCredential(OPERATOR_CREDENTIAL, request.rawHeaders);
    const verdict = verifier.verify(credential.kind === 'presented' ? credential.presentedKey : null, {
      keyspace: verifier.keyspace(OPERATOR_KEYSPACE) ?? null,
      operation: null,
      scopes: ['attach'],
      address: null,
    });
    if (!verdict.accepted) {
      stream.dismiss();
      return;
    }
    const flight = verifier.admit(verdict.subject, { end: () => stream.dismiss() });
    void stream.gone.then(() => flight.done());
  }

  function countUsage(
    { usage, lastUsed, refusals = [] }: UsageMessage,
    keyspaces: ReadonlySet<string>,
  ): void {
    const counted = toBelievableTimes({ usage, lastUsed, refusals }, clock.nowMs());
    store.flushUsage({ node: nodeName, keyspaces: [...keyspaces], ...counted }).catch((error: unknown) => {
      log.warn({ err: error }, "an attached verifier's counts could not be written; they are lost");
    });
  }

  return {
    accepts: (request) =>
      request.headers.upgrade?.toLowerCase() === PROTOCOL && request.url?.split('?')[0] === PATH,
    take(request, socket, head) {
      socket.on('error', () => socket.destroy());
      try {
        const fault = findFrameFault(request);
        if (fault !== null) throw new KeyholdError(fault, '');
        const authentication = authenticator.authenticate(request, 'attach');
        if (!authentication.ok) {
          refuse(socket, authentication.error, authentication.challenge);
          return;
        }
        const keyspaces = readKeyspaces(request);
        for (const keyspace of keyspaces) {
          if (!maySee(authentication.operator, keyspace) || verifier.keyspace(keyspace) === undefined) {
            throw new KeyholdError('keyspace_not_found', '');
          }
        }
        if (closing) throw new KeyholdError('shutting_down', '');
        socket.setNoDelay(true);
        socket.setTimeout(SILENCE_MS, () => socket.destroy());
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n${TAKEN}\r\n\r\n`,
        );
        holdUnderToken(request, attach(socket, head, keyspaces));
      } catch (error) {
        if (!isKeyholdError(error)) log.error({ err: error }, 'a verifier could not be attached');
        refuse(socket, isKeyholdError(error) ? error : new KeyholdError('internal', ''));
      }
    },
    async close() {
      closing = true;
      const streams = [...attached];
      for (const stream of streams) stream.dismiss();
      await Promise.all(streams.map(({ gone }) => gone));
    },
  };
}
