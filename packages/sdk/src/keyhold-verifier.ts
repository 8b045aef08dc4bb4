import type { VerifiedKey, Verifier } from '@keyhold/coherence';
import {
  type Clock,
  KeyholdError,
  type Keyspace,
  OPERATOR_KEYSPACE,
  parseClientAddress,
  type Reason,
  readRequestTarget,
} from '@keyhold/core';

/** Verifies keys in this process, from memory. `createVerifier` gives one, and so does an embedded Keyhold. */
export interface KeyholdVerifier {
  /**
   * Decides whether a presented key may be used now. Synchronous, no I/O; what it says holds for the tick it is said in.
   *
   * @param presentedKey full key text as received. Never stored or logged.
   * @throws {KeyholdError} `lease_lost` when this process may not answer (deny with 503), or has not applied `minSeq`
   *   yet; `keyspace_not_found`.
   * @throws {TypeError} for an operation or an address that cannot be read.
   */
  verify(presentedKey: string, question?: KeyQuestion): KeyVerification;
  /** What the middleware runs on. */
  readonly requests: RequestVerifier;
}

export interface KeyQuestion {
  /** The keyspace the key must be of; left out: any. */
  readonly keyspace?: string;
  /** What is attempted, such as `POST /api/messages/send`: the key must hold a scope that opens it. */
  readonly operation?: string;
  /** Scopes the key must hold, all of them. */
  readonly scopes?: readonly string[];
  /** Where the request came from; without it a key limited to networks is denied. */
  readonly clientIp?: string;
  /** Answer only from a state that has this change, as the `seq` of a mutation names it. */
  readonly minSeq?: number;
}

export type KeyVerification =
  | ({ readonly valid: true } & KeyIdentity)
  /** The reason is for you alone: never show it to who presented the key. */
  | { readonly valid: false; readonly reason: Reason };

/** Who called: the key that was accepted. */
export interface KeyIdentity {
  readonly keyId: string;
  readonly keyspace: string;
  readonly organization: string;
  /** Null where the keyspace has none. */
  readonly environment: string | null;
  readonly scopes: readonly string[];
  readonly name: string;
  readonly expiresAt: Date | null;
}

/** The port of the middleware: verification with what keeps requests in flight under their key. */
export interface RequestVerifier {
  readonly verifier: Verifier;
  readonly clock: Clock;
  /** Where self-service is answered, the node to ask first at the front; left out: nowhere. */
  readonly nodes?: () => readonly NodeAddress[];
}

/** Where a node answers. */
export interface NodeAddress {
  readonly url: URL;
  /** For `https`: certificates (PEM) to trust in place of those that Node trusts. */
  readonly ca?: string | Uint8Array;
}

/**
 * @param requests verdicts of it are what is answered with; wrap its verifier to count them.
 * @param appliedSeq the newest change that its table holds.
 */
export function toKeyholdVerifier(requests: RequestVerifier, appliedSeq: () => number): KeyholdVerifier {
  const { verifier } = requests;

  function findKeyspace(id: string): Keyspace {
    const keyspace = id === OPERATOR_KEYSPACE ? undefined : verifier.keyspace(id);
    if (keyspace !== undefined) return keyspace;
    // Before the first grant there is no configuration to look in.
    if (!verifier.mayAnswer())
      throw mayNotAnswer('This process may not answer at the moment; repeat the call.');
    throw new KeyholdError(
      'keyspace_not_found',
      `There is no keyspace "${id}"; name one of the configuration.`,
    );
  }

  return {
    requests,
    verify(presentedKey, { keyspace, operation, scopes, clientIp, minSeq = 0 } = {}) {
      if (appliedSeq() < minSeq)
        throw mayNotAnswer('The change "minSeq" has not arrived here yet; repeat the call.');
      const verdict = verifier.verify(presentedKey, {
        keyspace: keyspace === undefined ? null : findKeyspace(keyspace),
        operation: operation === undefined ? null : parseOperation(operation),
        scopes: scopes ?? null,
        address: clientIp === undefined ? null : parseAddress(clientIp),
      });
      if (!verdict.accepted) return { valid: false, reason: verdict.reason };
      if (verdict.key.keyspace.id === OPERATOR_KEYSPACE) return { valid: false, reason: 'unknown' };
      return { valid: true, ...toIdentity(verdict.key) };
    },
  };
}

/** Read in the tick of the verdict, since a later change replaces what it is read from. */
export function toIdentity(key: VerifiedKey): KeyIdentity {
  return {
    keyId: key.id,
    keyspace: key.keyspace.id,
    organization: key.organization,
    environment: key.environment,
    scopes: key.scopes,
    name: key.name,
    expiresAt: key.expiresAtMs === null ? null : new Date(key.expiresAtMs),
  };
}

function mayNotAnswer(message: string): KeyholdError {
  return new KeyholdError('lease_lost', message);
}

function parseOperation(text: string): { readonly method: string; readonly path: string } {
  const [, method, target] = /^([A-Z][A-Z0-9_-]{0,31}) (\S+)$/.exec(text) ?? [];
  const read = target === undefined ? null : readRequestTarget(target);
  if (method !== undefined && read?.ok === true) return { method, path: read.path };
  throw new TypeError(
    `The operation "${text}" cannot be read; give a method in upper case, one space and a canonical path.`,
  );
}

function parseAddress(text: string) {
  const address = parseClientAddress(text);
  if (address === null)
    throw new TypeError(`"${text}" is no IP address; give an IPv4 or IPv6 one without a port.`);
  return address;
}
