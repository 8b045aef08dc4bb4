import type { z } from 'zod';
import type { ProblemCode } from './problems.ts';
import type { OperatorScopeName } from './schemas/operator.ts';

/** Who answers, and so how a caller shows who they are. */
export type Face =
  /** The management API: bearer operator token with `scope`, or a person's session whose role has it. */
  | 'management'
  /** The console's own calls before anybody is logged in: no credential, and nothing from other sites. */
  | 'console_door'
  /** What a person does about themselves: the console's cookie. */
  | 'console'
  /** `/v1/verify` and `/v1/introspect`: the same token, answered from memory. */
  | 'verification'
  /** Forward-auth: asked by a reverse proxy on loopback or a trusted address, without a token. */
  | 'forward_auth'
  /** Under a keyspace's mount on the gateway: portal session, or a key where keys may manage keys. */
  | 'self_service'
  /** Health, metrics and documents. */
  | 'service';

export interface AnswerShape {
  readonly description: string;
  /** Null: no body. */
  readonly schema: z.ZodType | null;
  readonly mediaType?: string;
}

/** One HTTP operation: what the router registers, the validator checks and the OpenAPI document shows. */
export interface Operation {
  readonly face: Face;
  readonly tag: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{parameters}`; under `self_service` relative to the keyspace's mount. */
  readonly path: string;
  /** The scope an operator token needs; null: none. */
  readonly scope: OperatorScopeName | null;
  readonly summary: string;
  readonly description?: string;
  readonly params: z.ZodObject | null;
  readonly query: z.ZodObject | null;
  readonly body: {
    readonly schema: z.ZodType;
    /** False: an absent body is an empty object. */
    readonly required: boolean;
    readonly mediaType: 'application/json' | 'application/x-www-form-urlencoded';
    readonly maxBytes: number;
  } | null;
  /** It creates something and honours `Idempotency-Key`. */
  readonly idempotent: boolean;
  /** A repeat acts again, so `Idempotency-Key` is refused and not ignored. */
  readonly repeats?: true;
  /** A person has to have proved lately who they are; a list: only when the body has one of these fields. */
  readonly dangerous?: true | readonly string[];
  readonly answers: { readonly [status: number]: AnswerShape };
  /** Codes beyond those that {@link problemCodesOf} adds for its face, scope and body. */
  readonly problems: readonly ProblemCode[];
}

/** Every problem code an operation may answer with, those of its face included. */
export function problemCodesOf(operation: Operation): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>();
  if (operation.scope !== null || ['self_service', 'console'].includes(operation.face)) {
    codes.add('unauthenticated');
  }
  if (operation.scope !== null) codes.add('insufficient_scope');
  if (operation.dangerous !== undefined) codes.add('reauthentication_required');
  if (operation.face !== 'service') codes.add('invalid_request');
  if (operation.query !== null) codes.add('unknown_field');
  if (operation.body?.mediaType === 'application/json') {
    for (const code of ['invalid_json', 'unknown_field', 'validation_failed'] as const) codes.add(code);
  }
  if (operation.body !== null) {
    for (const code of ['unsupported_media_type', 'body_too_large', 'request_timeout'] as const)
      codes.add(code);
  }
  if (operation.idempotent) codes.add('idempotency_key_reused');
  for (const code of operation.problems) codes.add(code);
  if (operation.face !== 'service') codes.add('lease_lost');
  if (['management', 'self_service', 'console', 'console_door'].includes(operation.face)) {
    codes.add('store_unavailable');
    if (operation.method !== 'GET')
      for (const code of ['store_full', 'revocation_pending'] as const) codes.add(code);
    codes.add('shutting_down');
  }
  codes.add('internal');
  return [...codes];
}
