import type { z } from 'zod';
import * as audit from './schemas/audit-event.ts';
import * as claimLinks from './schemas/claim-link.ts';
import * as cluster from './schemas/cluster.ts';
import * as consoleSessions from './schemas/console-session.ts';
import * as keys from './schemas/key.ts';
import * as keyActivity from './schemas/key-activity.ts';
import * as keyBulk from './schemas/key-bulk.ts';
import * as keyImport from './schemas/key-import.ts';
import * as keyspaces from './schemas/keyspace.ts';
import * as operators from './schemas/operator.ts';
import * as organizations from './schemas/organization.ts';
import * as overviews from './schemas/overview.ts';
import * as people from './schemas/person.ts';
import * as portal from './schemas/portal-session.ts';
import { problem } from './schemas/problem.ts';
import * as selfService from './schemas/self-service.ts';
import * as service from './schemas/service.ts';
import * as usage from './schemas/usage.ts';
import * as verdicts from './schemas/verdict.ts';
import * as verification from './schemas/verification.ts';

/** The schemas that stand under a name of their own in the OpenAPI document. */
export const COMPONENTS: Readonly<Record<string, z.ZodType>> = {
  Organization: organizations.organization,
  OrganizationList: organizations.organizationList,
  CreateOrganizationRequest: organizations.createOrganizationRequest,
  PatchOrganizationRequest: organizations.patchOrganizationRequest,
  RevokeOrganizationKeysRequest: organizations.revokeOrganizationKeysRequest,
  RevokedOrganizationKeys: organizations.revokedOrganizationKeys,
  Key: keys.key,
  KeyWithSecret: keys.keyWithSecret,
  KeyList: keys.keyList,
  IssueKeyRequest: keys.issueKeyRequest,
  PatchKeyRequest: keys.patchKeyRequest,
  RecycleKeyRequest: keys.recycleKeyRequest,
  RevokeKeyRequest: keys.revokeKeyRequest,
  EmptyRequest: keys.emptyRequest,
  ImportKeysRequest: keyImport.importKeysRequest,
  ImportedKeys: keyImport.importedKeys,
  ClaimLinkList: claimLinks.claimLinkList,
  KeyUsage: usage.keyUsage,
  KeyActivity: keyActivity.keyActivity,
  BulkChangeKeysRequest: keyBulk.bulkChangeKeysRequest,
  BulkChangedKeys: keyBulk.bulkChangedKeys,
  Keyspace: keyspaces.keyspace,
  KeyspaceList: keyspaces.keyspaceList,
  Overview: overviews.overview,
  VerdictList: verdicts.verdictList,
  Reason: verification.reason,
  VerifyRequest: verification.verifyRequest,
  VerifyAnswer: verification.verifyAnswer,
  IntrospectRequest: verification.introspectRequest,
  IntrospectAnswer: verification.introspectAnswer,
  CreatePortalSessionRequest: portal.createPortalSessionRequest,
  PortalSession: portal.portalSession,
  Barrier: cluster.barrier,
  NodeList: cluster.nodeList,
  AuditEvent: audit.auditEvent,
  AuditEventList: audit.auditEventList,
  Operator: operators.operator,
  OperatorWithToken: operators.operatorWithToken,
  OperatorList: operators.operatorList,
  CreateOperatorRequest: operators.createOperatorRequest,
  Person: people.person,
  PersonWithInvitation: people.personWithInvitation,
  PersonList: people.personList,
  InvitePersonRequest: people.invitePersonRequest,
  PatchPersonRequest: people.patchPersonRequest,
  ConsoleState: consoleSessions.consoleState,
  ConsoleSession: consoleSessions.consoleSession,
  SetUpRequest: consoleSessions.setUpRequest,
  LoginRequest: consoleSessions.loginRequest,
  AcceptInvitationRequest: consoleSessions.acceptInvitationRequest,
  ReauthenticateRequest: consoleSessions.reauthenticateRequest,
  ChangePasswordRequest: consoleSessions.changePasswordRequest,
  ConfirmTotpRequest: consoleSessions.confirmTotpRequest,
  RemoveTotpRequest: consoleSessions.removeTotpRequest,
  TotpEnrolment: consoleSessions.totpEnrolment,
  ConfirmedTotp: consoleSessions.confirmedTotp,
  EndedSessions: people.endedSessions,
  SelfServiceIssueRequest: selfService.selfServiceIssueRequest,
  SelfServiceIssuedKey: selfService.selfServiceIssuedKey,
  SelfServiceKeyList: selfService.selfServiceKeyList,
  Health: service.health,
  Readiness: service.readiness,
  Problem: problem,
};
