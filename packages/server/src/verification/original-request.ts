import { type OperationAttempt, toOperationAttempt } from './operation-attempt.ts';

/** What a proxy tells about the request it asks for. */
export interface OriginalRequest {
  readonly attempt:
    | { readonly kind: 'known'; readonly operation: OperationAttempt }
    /** Nothing told it, or told it in part: what was attempted cannot be decided about. */
    | { readonly kind: 'unknown' }
    /** Told twice and differently, or in a spelling that two servers may read differently. */
    | { readonly kind: 'refused' };
  /** The values of every `X-Forwarded-For` line, in order. */
  readonly forwardedFor: readonly string[];
}

/**
 * Reads the original request from X-Original-Method and X-Original-URI (nginx), X-Forwarded-Method and X-Forwarded-Uri
 * (Caddy, Traefik), or the path after the keyspace with the method of the request itself (Envoy).
 *
 * A proxy sets its own headers and passes the client's on, so a client can send those of another proxy. Where more than
 * one source speaks, they must say the same. A target without its method counts as unknown: nginx asks with GET
 * whatever the client's method is.
 *
 * @param suffix the path after the keyspace, with query; empty when there is none.
 */
export function readOriginalRequest(
  rawHeaders: readonly string[],
  method: string,
  suffix: string,
): OriginalRequest {
  const forwardedFor: string[] = [];
  const told: Partial<Record<Told, string>> = {};
  let isRepeated = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (!LENGTHS.has(name.length) || (name[0] !== 'X' && name[0] !== 'x')) continue;
    const lowerCase = name.toLowerCase();
    if (lowerCase === 'x-forwarded-for') forwardedFor.push(rawHeaders[i + 1]!);
    else if (isTold(lowerCase)) {
      isRepeated ||= told[lowerCase] !== undefined;
      told[lowerCase] = rawHeaders[i + 1]!;
    }
  }
  if (isRepeated) return { attempt: { kind: 'refused' }, forwardedFor };

  const sources: (readonly [method: string | undefined, target: string])[] = [];
  if (told['x-original-uri'] !== undefined) sources.push([told['x-original-method'], told['x-original-uri']]);
  if (told['x-forwarded-uri'] !== undefined)
    sources.push([told['x-forwarded-method'], told['x-forwarded-uri']]);
  if (suffix !== '') sources.push([method, suffix]);
  return { attempt: agree(sources), forwardedFor };
}

const TOLD = ['x-original-method', 'x-original-uri', 'x-forwarded-method', 'x-forwarded-uri'] as const;
type Told = (typeof TOLD)[number];
/** Most names are told apart by their length alone. */
const LENGTHS: ReadonlySet<number> = new Set([...TOLD, 'x-forwarded-for'].map((name) => name.length));

function isTold(name: string): name is Told {
  return (TOLD as readonly string[]).includes(name);
}

function agree(sources: readonly (readonly [string | undefined, string])[]): OriginalRequest['attempt'] {
  let agreed: OperationAttempt | null = null;
  for (const [method, target] of sources) {
    if (method === undefined) return { kind: 'unknown' };
    const operation = toOperationAttempt(method, target);
    if (operation === null) return { kind: 'refused' };
    if (agreed !== null && (agreed.method !== operation.method || agreed.path !== operation.path)) {
      return { kind: 'refused' };
    }
    agreed = operation;
  }
  return agreed === null ? { kind: 'unknown' } : { kind: 'known', operation: agreed };
}
