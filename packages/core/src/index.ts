/** The rules of Keyhold, pure: no I/O, and clock and randomness always passed in. */

export type { Clock, RandomBytes } from './clock.ts';
export { type ErrorMessage, fromErrorMessage, toErrorMessage } from './error-message.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type FieldError,
  isKeyholdError,
  KeyholdError,
  type KeyholdErrorOptions,
  STARTUP_ERROR_CODES,
  type StartupErrorCode,
} from './errors.ts';
export {
  type ClientAddress,
  formatClientAddress,
  isIpv4Address,
  parseClientAddress,
} from './http/address.ts';
export {
  type AddressRanges,
  type CidrCheck,
  checkCidr,
  compileAddressRanges,
  isCidr,
} from './http/address-ranges.ts';
export { resolveClientAddress } from './http/client-address.ts';
export { type Credential, type CredentialRule, readCredential } from './http/credential.ts';
export { compileDenials, type DenialResponse, type DenialResponses, toDenial } from './http/denial.ts';
export { type FrameFault, findFrameFault, type RequestFrame } from './http/request-frame.ts';
export {
  ALLOWED_METHODS,
  REQUEST_PROBLEMS,
  type RequestProblem,
  type RequestProblemCode,
  toProblemAnswer,
} from './http/request-problem.ts';
export { isCanonicalPath, type RequestTarget, readRequestTarget } from './http/request-target.ts';
export {
  type AuditEventId,
  bytesToKeyId,
  type ClaimLinkId,
  createAuditEventId,
  createClaimLinkId,
  createInvitationId,
  createKeyId,
  createOperatorId,
  createPersonId,
  createPersonSessionId,
  createPortalSessionId,
  type InvitationId,
  type KeyId,
  keyIdToBytes,
  OPERATOR_KEYSPACE,
  OPERATOR_ORGANIZATION,
  type OperatorId,
  type PersonId,
  type PersonSessionId,
  type PortalSessionId,
} from './ids.ts';
export type { Json, JsonObject } from './json.ts';
export { ALPHABETS, type AlphabetName } from './key/alphabet.ts';
export { exampleKey } from './key/example-key.ts';
export {
  type IssuePlan,
  type IssueRequest,
  type PatchPlan,
  type PatchRequest,
  type Planned,
  planIssue,
  planPatch,
} from './key/issue-plan.ts';
export { findAmbiguity } from './key/key-ambiguity.ts';
export { MAX_KEY_LENGTH } from './key/key-bytes.ts';
export { digestKey } from './key/key-digest.ts';
export { compileKeyFormat, type KeyFormat, type RecognisedKey } from './key/key-format.ts';
export { compileKeyMask, defaultKeyMask, type KeyMask } from './key/key-mask.ts';
export type { KeyPosition, KeyShape } from './key/key-shape.ts';
export { isActive, type KeyLife, type KeyVerb, type Transition, transition } from './key/key-states.ts';
export { compileKeyspace, type FormerFormat, type Keyspace } from './keyspace.ts';
export {
  defaultKeyspaceDefinition,
  type GatewayPolicy,
  type KeyspaceDefinition,
  OPERATOR_KEYSPACE_DEFINITION,
} from './keyspace-definition.ts';
export {
  checkName,
  isEnvironmentName,
  isKeyspaceId,
  isOrganizationId,
  isScopeName,
  type NameCheck,
} from './names.ts';
export { OPERATOR_SCOPES, type OperatorScope } from './operator-scope.ts';
export { PERSON_ROLES, type PersonRole, scopesOfRole } from './person-role.ts';
export { type Operation, parseOperation } from './scope/operation.ts';
export { compileOperationSet, type OperationSet } from './scope/operation-set.ts';
export { compileOperationTable, type OperationTable, type ScopeWords } from './scope/operation-table.ts';
export { parseDurationMs } from './time/duration.ts';
export { formatInstant, formatInstantSeconds, MAX_INSTANT_MS, parseInstantMs } from './time/instant.ts';
export { firstReason, REASONS, type Reason, type ReasonBits } from './verdict/reason.ts';
export { decide, type VerdictQuestion, type VerdictRecord } from './verdict/verdict.ts';
