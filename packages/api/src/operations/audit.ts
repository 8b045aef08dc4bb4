import type { Operation } from '../operation.ts';
import * as audit from '../schemas/audit-event.ts';

export const AUDIT_OPERATIONS = {
  listAuditEvents: {
    face: 'management',
    tag: 'Audit',
    method: 'GET',
    path: '/v1/audit-events',
    scope: 'audit:read',
    summary: 'List audit events',
    description: 'Newest first.',
    params: null,
    query: audit.auditEventListQuery,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'One page.', schema: audit.auditEventList } },
    problems: ['invalid_cursor', 'keyspace_not_permitted'],
  },
  exportAuditEvents: {
    face: 'management',
    tag: 'Audit',
    method: 'GET',
    path: '/v1/audit-events/export',
    scope: 'audit:read',
    summary: 'Export audit events',
    description:
      'Everything that matches, newest first, as a stream: JSON Lines (one audit event a line), or CSV (text/csv, RFC 4180) with "format".',
    params: null,
    query: audit.auditEventExportQuery,
    body: null,
    idempotent: false,
    answers: { 200: { description: 'One event a line.', schema: null, mediaType: 'application/jsonl' } },
    problems: ['keyspace_not_permitted'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
