import type { Operation } from '../operation.ts';
import * as keyspaces from '../schemas/keyspace.ts';
import * as overviews from '../schemas/overview.ts';
import * as verdicts from '../schemas/verdict.ts';

export const INSIGHT_OPERATIONS = {
  listKeyspaces: {
    face: 'management',
    tag: 'Insight',
    method: 'GET',
    path: '/v1/keyspaces',
    scope: 'keys:read',
    summary: 'List the keyspaces as they are configured',
    params: null,
    query: null,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'Those that the token reaches.', schema: keyspaces.keyspaceList } },
    problems: [],
  },
  getOverview: {
    face: 'management',
    tag: 'Insight',
    method: 'GET',
    path: '/v1/overview',
    scope: 'keys:read',
    summary: 'Count keys by state and by what is unsafe about them',
    params: null,
    query: null,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'The counts.', schema: overviews.overview } },
    problems: [],
  },
  listVerdicts: {
    face: 'management',
    tag: 'Insight',
    method: 'GET',
    path: '/v1/verdicts',
    scope: 'audit:read',
    summary: 'Look on as keys are accepted and refused',
    description:
      'Ask every second. For ten seconds after each call every process tells of up to 50 of its verdicts a second; otherwise none are kept. A process learns that somebody looks on when it next writes its counts.',
    params: null,
    query: verdicts.verdictListQuery,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'What came since.', schema: verdicts.verdictList } },
    problems: ['invalid_cursor', 'keyspace_not_permitted'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
