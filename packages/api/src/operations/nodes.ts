import type { Operation } from '../operation.ts';
import * as cluster from '../schemas/cluster.ts';

export const NODE_OPERATIONS = {
  readBarrier: {
    face: 'management',
    tag: 'Nodes',
    method: 'GET',
    path: '/v1/barriers/{seq}',
    scope: 'keys:read',
    summary: 'Wait until a change holds everywhere',
    description:
      'For a change that was answered with "pending" or "revocation_pending". Waits for as long as the change itself would have been waited for.',
    params: cluster.barrierParams,
    query: null,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'It holds in every process.', schema: cluster.barrier } },
    problems: ['revocation_pending'],
  },
  listNodes: {
    face: 'management',
    tag: 'Nodes',
    method: 'GET',
    path: '/v1/nodes',
    scope: 'keys:read',
    summary: 'List the nodes',
    description: 'Who answers from the same store, and how far each has come.',
    params: null,
    query: null,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'Every node that has a lease.', schema: cluster.nodeList } },
    problems: [],
  },
} as const satisfies Readonly<Record<string, Operation>>;
