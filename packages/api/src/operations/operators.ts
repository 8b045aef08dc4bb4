import type { Operation } from '../operation.ts';
import * as keys from '../schemas/key.ts';
import * as operators from '../schemas/operator.ts';
import { json, optionalJson } from './bodies.ts';

export const OPERATOR_OPERATIONS = {
  createOperator: {
    face: 'management',
    tag: 'Operators',
    method: 'POST',
    path: '/v1/operators',
    scope: 'operators:write',
    dangerous: true,
    summary: 'Create an operator token',
    params: null,
    query: null,
    body: { schema: operators.createOperatorRequest, ...json },
    idempotent: true,
    answers: {
      201: { description: 'The operator and the token.', schema: operators.operatorWithToken },
      202: {
        description: 'The same, not yet confirmed in every process.',
        schema: operators.operatorWithToken,
      },
    },
    problems: ['grant_exceeds_own'],
  },
  listOperators: {
    face: 'management',
    tag: 'Operators',
    method: 'GET',
    path: '/v1/operators',
    scope: 'operators:write',
    summary: 'List operators',
    description: 'A token that is limited to some keyspaces sees only those who reach no others.',
    params: null,
    query: operators.operatorListQuery,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'One page.', schema: operators.operatorList } },
    problems: ['invalid_cursor'],
  },
  revokeOperator: {
    face: 'management',
    tag: 'Operators',
    method: 'POST',
    path: '/v1/operators/{id}/revoke',
    scope: 'operators:write',
    dangerous: true,
    summary: 'Revoke an operator token',
    description:
      'Final. A token that is limited to some keyspaces revokes only those who reach no others. Somebody must stay who can make operators for as long and as far as the revoked one could.',
    params: operators.operatorParams,
    query: null,
    body: { schema: keys.emptyRequest, ...optionalJson },
    idempotent: false,
    answers: { 200: { description: 'The operator as it is now.', schema: operators.operator } },
    problems: ['operator_not_found', 'last_operator', 'grant_exceeds_own'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
