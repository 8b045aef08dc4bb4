import type { Operation } from '../operation.ts';
import * as keys from '../schemas/key.ts';
import * as selfService from '../schemas/self-service.ts';
import { json, optionalJson } from './bodies.ts';

export const SELF_SERVICE_OPERATIONS = {
  selfServiceIssueKey: {
    face: 'self_service',
    tag: 'Self-service',
    method: 'POST',
    path: '',
    scope: null,
    summary: 'Create a key',
    params: null,
    query: null,
    body: { schema: selfService.selfServiceIssueRequest, ...json },
    idempotent: true,
    answers: {
      201: { description: 'The key and, this once, its secret.', schema: selfService.selfServiceIssuedKey },
    },
    problems: ['active_key_limit_reached', 'keyspace_retired'],
  },
  selfServiceListKeys: {
    face: 'self_service',
    tag: 'Self-service',
    method: 'GET',
    path: '',
    scope: null,
    summary: 'List keys',
    params: null,
    query: selfService.selfServiceListQuery,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'A bare array.', schema: selfService.selfServiceKeyList } },
    problems: ['invalid_cursor'],
  },
  selfServiceRevokeKey: {
    face: 'self_service',
    tag: 'Self-service',
    method: 'DELETE',
    path: '/{id}',
    scope: null,
    summary: 'Revoke a key',
    description: 'Immediate: requests in flight with the key fail. Repeating the call is safe.',
    params: selfService.selfServiceParams,
    query: null,
    body: null,
    idempotent: false,
    answers: { 204: { description: 'Revoked everywhere.', schema: null } },
    problems: ['key_not_found'],
  },
  selfServiceRecycleKey: {
    face: 'self_service',
    tag: 'Self-service',
    method: 'POST',
    path: '/{id}/recycle',
    scope: null,
    summary: 'Recycle a key: a new secret for the same key',
    params: selfService.selfServiceParams,
    query: null,
    body: { schema: keys.recycleKeyRequest, ...optionalJson },
    idempotent: false,
    repeats: true,
    answers: {
      200: {
        description: 'The key and, this once, its new secret.',
        schema: selfService.selfServiceIssuedKey,
      },
    },
    problems: ['key_not_found', 'key_revoked', 'key_expired', 'recycle_conflict', 'keyspace_retired'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
