import type { Operation } from '../operation.ts';
import * as portal from '../schemas/portal-session.ts';
import { json } from './bodies.ts';

export const PORTAL_SESSION_OPERATIONS = {
  createPortalSession: {
    face: 'management',
    tag: 'Portal sessions',
    method: 'POST',
    path: '/v1/portal-sessions',
    scope: 'portal:write',
    summary: "Open a portal session for an organization's own keys",
    description:
      "Hand the token to the customer's own page or program; it opens the self-service API and nothing else.",
    params: null,
    query: null,
    body: { schema: portal.createPortalSessionRequest, ...json },
    idempotent: false,
    repeats: true,
    answers: { 201: { description: 'The session.', schema: portal.portalSession } },
    problems: ['organization_not_found', 'keyspace_not_found', 'keyspace_not_permitted'],
  },
} as const satisfies Readonly<Record<string, Operation>>;
