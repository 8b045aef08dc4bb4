/** The wire contract of Keyhold: schemas, problem codes, the table of operations and the OpenAPI document. */
export { COMPONENTS } from './components.ts';
export { CONSOLE_HEADER } from './console.ts';
export {
  KEYS_PAGE_HEADER,
  type KeysPageIssuedKey,
  type KeysPageKey,
  type KeysPageList,
  type KeysPageSession,
  type KeysPageUsage,
  type PageIssueRequest,
} from './keys-page.ts';
export {
  KEYS_PAGE_OPERATIONS,
  type KeysPageOperation,
  type KeysPageOperationId,
} from './keys-page-operations.ts';
export {
  createOpenApiDocument,
  type JsonSchema,
  type OpenApiDocument,
  type OpenApiOperation,
  type OpenApiParameter,
  SELF_SERVICE_MOUNT,
} from './openapi.ts';
export { type AnswerShape, type Face, type Operation, problemCodesOf } from './operation.ts';
export { MAX_BODY_BYTES, MAX_IMPORT_BODY_BYTES } from './operations/bodies.ts';
export { OPERATIONS, type OperationId } from './operations.ts';
export {
  DATA_PLANE_PROBLEMS,
  type DataPlaneProblemCode,
  PROBLEMS,
  type ProblemCode,
  type ProblemDescription,
  toProblemType,
} from './problems.ts';
export type { AuditEventBody } from './schemas/audit-event.ts';
export {
  type ClaimedKeyBody,
  type ClaimLinkBody,
  type ClaimLinkListBody,
  claimRequest,
  lookAtClaimLink,
} from './schemas/claim-link.ts';
export type { NodeListBody } from './schemas/cluster.ts';
export type { KeyBody, KeyWithSecretBody } from './schemas/key.ts';
export type { KeyActivityBody } from './schemas/key-activity.ts';
export type { BulkChangedKeysBody } from './schemas/key-bulk.ts';
export type { ImportOutcomeBody, ImportRowRequest } from './schemas/key-import.ts';
export type { KeyspaceBody } from './schemas/keyspace.ts';
export type { OperatorBody, OperatorScopeName } from './schemas/operator.ts';
export type { OrganizationBody } from './schemas/organization.ts';
export type { OverviewBody } from './schemas/overview.ts';
export type { ProblemBody } from './schemas/problem.ts';
export type { SelfServiceIssuedKey, SelfServiceKeyList } from './schemas/self-service.ts';
export type { VerdictListBody } from './schemas/verdict.ts';
export type { IntrospectAnswer, VerifyAnswer } from './schemas/verification.ts';
