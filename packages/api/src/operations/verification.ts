import type { Operation } from '../operation.ts';
import * as verification from '../schemas/verification.ts';
import { json, MAX_BODY_BYTES } from './bodies.ts';

export const VERIFICATION_OPERATIONS = {
  verify: {
    face: 'verification',
    tag: 'Verification',
    method: 'POST',
    path: '/v1/verify',
    scope: 'verify',
    summary: 'Verify a key',
    description:
      'Answered from memory. Always 200 for a good caller: a denied key is an answer, not an error. A key of a keyspace the caller may not see is "unknown".',
    params: null,
    query: null,
    body: { schema: verification.verifyRequest, ...json },
    idempotent: false,
    answers: { 200: { description: 'The verdict.', schema: verification.verifyAnswer } },
    problems: ['keyspace_not_found'],
  },
  introspect: {
    face: 'verification',
    tag: 'Verification',
    method: 'POST',
    path: '/v1/introspect',
    scope: 'verify',
    summary: 'Introspect a key (RFC 7662)',
    params: null,
    query: null,
    body: {
      schema: verification.introspectRequest,
      required: true,
      mediaType: 'application/x-www-form-urlencoded',
      maxBytes: MAX_BODY_BYTES,
    },
    idempotent: false,
    answers: { 200: { description: 'Active or not.', schema: verification.introspectAnswer } },
    problems: [],
  },
  authorize: {
    face: 'forward_auth',
    tag: 'Verification',
    method: 'GET',
    path: '/v1/authorize/{keyspace}',
    scope: null,
    summary: 'Authorize a request for a reverse proxy (forward-auth)',
    description:
      'For nginx auth_request, Caddy forward_auth, Traefik ForwardAuth and Envoy ext_authz over HTTP. Any method. Answers to loopback and trusted proxies only; for anyone else the address does not exist. The original request is read from X-Original-Method and X-Original-URI, from X-Forwarded-Method and X-Forwarded-Uri, or from the path after the keyspace together with the method; where more than one is there they must agree. 200 carries Keyhold-Key-Id, Keyhold-Organization, Keyhold-Environment and Keyhold-Scopes and no body. Denials are those of the keyspace.',
    params: verification.authorizeParams,
    query: null,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'Accepted; no body.', schema: null } },
    problems: ['unauthenticated', 'insufficient_scope', 'keyspace_not_found', 'route_not_found'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
