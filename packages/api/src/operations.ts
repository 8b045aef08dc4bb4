import type { Operation } from './operation.ts';
import { AUDIT_OPERATIONS } from './operations/audit.ts';
import { CONSOLE_OPERATIONS } from './operations/console.ts';
import { INSIGHT_OPERATIONS } from './operations/insight.ts';
import { KEY_OPERATIONS } from './operations/keys.ts';
import { NODE_OPERATIONS } from './operations/nodes.ts';
import { OPERATOR_OPERATIONS } from './operations/operators.ts';
import { ORGANIZATION_OPERATIONS } from './operations/organizations.ts';
import { PERSON_OPERATIONS } from './operations/people.ts';
import { PORTAL_SESSION_OPERATIONS } from './operations/portal-sessions.ts';
import { SELF_SERVICE_OPERATIONS } from './operations/self-service.ts';
import { SERVICE_OPERATIONS } from './operations/service.ts';
import { VERIFICATION_OPERATIONS } from './operations/verification.ts';

/** Every operation, in the order of the reference page. */
export const OPERATIONS = {
  ...ORGANIZATION_OPERATIONS,
  ...KEY_OPERATIONS,
  ...VERIFICATION_OPERATIONS,
  ...PORTAL_SESSION_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...INSIGHT_OPERATIONS,
  ...NODE_OPERATIONS,
  ...OPERATOR_OPERATIONS,
  ...PERSON_OPERATIONS,
  ...CONSOLE_OPERATIONS,
  ...SELF_SERVICE_OPERATIONS,
  ...SERVICE_OPERATIONS,
} as const satisfies Readonly<Record<string, Operation>>;

/** The name of an operation, the same in the router, the OpenAPI document (`operationId`) and generated clients. */
export type OperationId = keyof typeof OPERATIONS;
