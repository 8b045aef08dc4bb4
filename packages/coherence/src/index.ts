/** The change log, the lease, the barrier, and the in-memory table that every verification reads. */

export { type AskedFrom, toOperationText } from './asked-question.ts';
export { type Authority, type Committed, createAuthority } from './authority.ts';
export type {
  Change,
  ChangeLog,
  ChangePayload,
  ReplicatedKey,
  ReplicatedKeyspace,
  ReplicatedOperator,
  ReplicatedOrganization,
  ReplicatedSecret,
  SnapshotPage,
} from './change.ts';
export type { Channel, ChildChannel, ChildMessage, ParentChannel, ParentMessage } from './channel.ts';
export { createClusterMember } from './cluster-member.ts';
export type { Follower } from './follower.ts';
export { createFrameChannel } from './frame-channel.ts';
export { createGrantHolder, type GrantHolder } from './grant-holder.ts';
export type { Barrier, Lease } from './lease.ts';
export type { Head, Hint, LeaseRow, LeaseRows } from './lease-rows.ts';
export type {
  ChildStatus,
  Membership,
  MembershipEvent,
  MembershipStatus,
  WritingMembership,
} from './membership.ts';
export { DEFECTS, type Defect, type Defects } from './protocol/defects.ts';
export { createReplica, type LocalReplica, type Replica } from './replica.ts';
export { resetSocket } from './reset-socket.ts';
export { createSoleOwner } from './sole-owner.ts';
export { createStoreTime, type StoreTime } from './store-time.ts';
export type { Difference } from './table/table-comparison.ts';
export { CHILD_TTL_MS, TTL_MS } from './timing.ts';
export {
  type CountedRefusal,
  type CountedUsage,
  createUsageCounts,
  type UsageCounts,
} from './usage-counts.ts';
export type {
  AdmittedFlight,
  Flight,
  Subject,
  Verdict,
  VerifiedKey,
  Verifier,
  VerifyQuestion,
} from './verification.ts';
export { createVerifier } from './verifier.ts';
