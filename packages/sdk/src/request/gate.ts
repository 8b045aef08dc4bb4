import { randomUUID } from 'node:crypto';
import type { AdmittedFlight, Flight, Verdict, Verifier, VerifyQuestion } from '@keyhold/coherence';
import {
  type ClientAddress,
  type Clock,
  compileAddressRanges,
  type DenialResponse,
  findFrameFault,
  formatClientAddress,
  isCanonicalPath,
  isKeyholdError,
  type Keyspace,
  REQUEST_PROBLEMS,
  type RequestFrame,
  type RequestProblemCode,
  readCredential,
  readRequestTarget,
  resolveClientAddress,
  toDenial,
  toProblemAnswer,
} from '@keyhold/core';
import { type KeyholdVerifier, type KeyIdentity, type NodeAddress, toIdentity } from '../keyhold-verifier.ts';
import { type Handover, pathBelow, type SelfServiceOptions, toHandover } from '../self-service/handover.ts';

/** What every middleware takes. */
export interface ProtectionOptions {
  readonly verifier: KeyholdVerifier;
  /** The keyspace whose keys open these routes. Its scopes, denials and credential rule apply. */
  readonly keyspace: string;
  /** Address ranges of proxies whose `X-Forwarded-For` is believed. Default: none, the peer's own address counts. */
  readonly trustedProxies?: readonly string[];
  /** Serves the customers' own management of their keys, with the answers of the gateway's. Default: not served. */
  readonly selfService?: SelfServiceOptions;
}

/** A request as far as deciding about it needs. */
export interface PresentedRequest {
  readonly method: string;
  /** The request target as received, path and query. */
  readonly target: string;
  /** Name, value, name, value …, lines of one name apart. */
  readonly rawHeaders: readonly string[];
  /** Null where the runtime shows none. */
  readonly frame: RequestFrame | null;
  /** The peer's address; null when it is not known. */
  readonly peerAddress: string | null;
}

/** The answer a request gets instead of the application's. */
export interface RefusalAnswer {
  readonly status: number;
  /** Flat: name, value, name, value …; `Content-Length` and `Keyhold-Request-Id` among them. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** What follows on the connection cannot be trusted. */
  readonly closing: boolean;
}

/** A request that was accepted, before anything was done for it. */
export interface Pass {
  readonly identity: KeyIdentity;
  /** Puts the request in flight under its key. Call it in the tick of the decision. */
  admit(flight: Flight): AdmittedFlight;
  /** Asks for scopes beside those of the operation; the request in flight is then under them, too. */
  require(scopes: readonly string[], flight: Flight): AdmittedFlight | RefusalAnswer;
  /** The answer for a key that stops being accepted. */
  toRefusal(reason: Parameters<Flight['end']>[0], openingScopes: readonly string[]): RefusalAnswer;
  /** The answer while nobody can say whether the key is still good. */
  unavailable(): RefusalAnswer;
}

/** A request for self-service: a node answers it, in the application's place. */
export interface SelfServicePass {
  readonly handover: Handover;
  /** Those to ask, in order. */
  readonly nodes: readonly NodeAddress[];
  readonly clock: Clock;
  /** The answer when no node has one. */
  readonly unavailable: () => RefusalAnswer;
}

/** Where the requests to one keyspace's routes are decided about, by the rules and with the bytes of the gateway. */
export interface Gate {
  readonly verifier: Verifier;
  readonly clock: Clock;
  decide(request: PresentedRequest): Pass | SelfServicePass | RefusalAnswer;
}

export function isRefusal(decision: object): decision is RefusalAnswer {
  return 'status' in decision;
}

export function isSelfService(decision: Pass | SelfServicePass): decision is SelfServicePass {
  return 'handover' in decision;
}

/**
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function createGate(options: ProtectionOptions): Gate {
  const { verifier, clock, nodes } = options.verifier.requests;
  const trusted = compileAddressRanges(options.trustedProxies ?? []);
  const selfServiceMount = options.selfService === undefined ? null : readMount(options.selfService);
  if (selfServiceMount !== null && nodes === undefined) {
    throw new TypeError('This verifier has no node that answers self-service; leave "selfService" out.');
  }

  /** Null: the path is not under the mount. */
  function decideSelfService(
    keyspace: Keyspace,
    request: PresentedRequest,
    { path, query }: { readonly path: string; readonly query: string },
  ): SelfServicePass | null {
    const subPath = selfServiceMount === null ? null : pathBelow(selfServiceMount, path);
    if (selfServiceMount === null || subPath === null || nodes === undefined) return null;
    const address = toAddress(request);
    const asked = { ...request, address: address === null ? null : formatClientAddress(address) };
    return {
      handover: toHandover(keyspace, asked, { mount: selfServiceMount, subPath, query }),
      nodes: nodes(),
      clock,
      unavailable: () => toAnswer(keyspace.denials.unavailable),
    };
  }

  function decideWithin(keyspace: Keyspace, request: PresentedRequest, path: string): Pass | RefusalAnswer {
    const credential = readCredential(keyspace.definition.credential, request.rawHeaders);
    if (credential.kind === 'invalid_request') return toAnswer(keyspace.denials.invalidRequest);
    // No key is empty, so a credential that can be none takes the same way as every other.
    const presentedKey = credential.kind === 'presented' ? credential.presentedKey : '';
    const question = {
      keyspace,
      operation: { method: request.method, path },
      scopes: null,
      address: toAddress(request),
    };
    const verify = (asked: VerifyQuestion) =>
      decideVerdict(keyspace, () =>
        verifier.verify(credential.kind === 'missing' ? null : presentedKey, asked),
      );
    const verdict = verify(question);
    if (isRefusal(verdict)) return verdict;
    return {
      identity: toIdentity(verdict.key),
      admit: (flight) => verifier.admit(verdict.subject, flight),
      require(scopes, flight) {
        const again = verify({ ...question, scopes });
        return isRefusal(again) ? again : verifier.admit(again.subject, flight);
      },
      toRefusal: (reason, openingScopes) => toAnswer(toDenial(keyspace, reason, openingScopes)),
      unavailable: () => toAnswer(keyspace.denials.unavailable),
    };
  }

  function toAddress({ peerAddress, rawHeaders }: PresentedRequest): ClientAddress | null {
    if (peerAddress === null) return null;
    return resolveClientAddress(peerAddress, valuesOf(rawHeaders, 'x-forwarded-for'), trusted);
  }

  return {
    verifier,
    clock,
    decide(request) {
      const target = readRequestTarget(request.target);
      const problem = findProblem(request, target);
      if (problem !== null || !target.ok) return toProblem(problem ?? 'invalid_path');
      const keyspace = verifier.keyspace(options.keyspace);
      if (keyspace === undefined) return toProblem('unavailable');
      return decideSelfService(keyspace, request, target) ?? decideWithin(keyspace, request, target.path);
    },
  };
}

function readMount({ path }: SelfServiceOptions): string {
  if (isCanonicalPath(path) && !path.endsWith('/')) return path;
  throw new TypeError(`"${path}" is no place for self-service; give a path such as /api/v1/api-keys.`);
}

function decideVerdict(
  keyspace: Keyspace,
  verify: () => Verdict,
): Extract<Verdict, { accepted: true }> | RefusalAnswer {
  try {
    const verdict = verify();
    return verdict.accepted ? verdict : toAnswer(toDenial(keyspace, verdict.reason, verdict.openingScopes));
  } catch (error) {
    if (isKeyholdError(error) && error.code === 'lease_lost') return toAnswer(keyspace.denials.unavailable);
    throw error;
  }
}

function findProblem(
  { frame, method, rawHeaders }: PresentedRequest,
  target: ReturnType<typeof readRequestTarget>,
): RequestProblemCode | null {
  const fault = frame === null ? null : findFrameFault(frame);
  if (fault !== null) return fault;
  if (method === 'TRACE') return 'method_not_allowed';
  if (!target.ok) return 'invalid_path';
  // Routers behind read the path out of either form; which hosts are served is known by Host alone.
  const isMisdirected =
    target.authority !== null && target.authority !== valuesOf(rawHeaders, 'host')[0]?.toLowerCase();
  return isMisdirected ? 'misdirected_request' : null;
}

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length === name.length && rawHeaders[i]!.toLowerCase() === name)
      values.push(rawHeaders[i + 1]!);
  }
  return values;
}

function toAnswer({ status, headers, body }: DenialResponse): RefusalAnswer {
  return { status, headers: [...headers, 'Keyhold-Request-Id', randomUUID()], body, closing: false };
}

function toProblem(code: RequestProblemCode): RefusalAnswer {
  const closing = code !== 'invalid_path' && code !== 'method_not_allowed' && code !== 'misdirected_request';
  return { ...toProblemAnswer(code, REQUEST_PROBLEMS[code], randomUUID()), closing };
}
