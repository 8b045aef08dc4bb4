import type { Change, ChangeLog } from './change.ts';
import type { ChildStreams } from './child-streams.ts';
import type { Follower } from './follower.ts';
import type { MembershipEvent } from './membership.ts';
import type { Replica } from './replica.ts';
import { type Difference, differenceName } from './table/table-comparison.ts';

/** Changes in one read of the log. */
const PAGE_CHANGES = 1_000;

/** See {@link WritingMembership.compareTables}. */
export function createAntiEntropy(options: {
  readonly log: ChangeLog;
  readonly replica: Replica;
  readonly follower: Follower;
  readonly streams: ChildStreams;
  readonly onEvent: (event: MembershipEvent) => void;
}): () => Promise<readonly Difference[] | null> {
  const { log, replica, follower, streams, onEvent } = options;

  return async () => {
    if (!replica.ready) await follower.catchUp();
    const differences = await findDifferences(log, replica);
    if (differences === null) return null;
    onEvent({ kind: 'compared', differences });
    // Its children are loaded anew with it.
    if (differences.length > 0) await follower.reload();
    else await streams.compare();
    return differences;
  };
}

/** @returns null when it cannot be told. */
async function findDifferences(log: ChangeLog, replica: Replica): Promise<readonly Difference[] | null> {
  const firstSeq = replica.appliedSeq;
  const comparison = replica.compare();
  const snapshotSeq = await log.readSnapshot((page) => comparison.take(page));
  const suspects = comparison.finish();
  if (suspects === null || suspects.length === 0) return suspects;
  // Each page was compared with the table as it was then: before the snapshot, at it, or after it.
  const changed = await readChanged(log, firstSeq, Math.max(snapshotSeq, replica.appliedSeq));
  return changed === null ? null : suspects.filter((suspect) => !changed(suspect));
}

/** Says what changed after one seq and up to another; null when the log does not go back that far any more. */
async function readChanged(
  log: ChangeLog,
  afterSeq: number,
  lastSeq: number,
): Promise<((difference: Difference) => boolean) | null> {
  const names = new Set<string>();
  const kinds = new Set<string>();
  for (let seq = afterSeq; seq < lastSeq; ) {
    const changes = await log.readChanges(seq, PAGE_CHANGES);
    if (changes[0]?.seq !== seq + 1) return null;
    for (const { payload } of changes) {
      kinds.add(payload.kind);
      for (const difference of changedBy(payload)) names.add(differenceName(difference));
    }
    seq += changes.length;
  }
  return (difference) =>
    names.has(differenceName(difference)) || (difference.kind === 'keyspace' && kinds.has('configuration'));
}

function changedBy(payload: Change['payload']): readonly Difference[] {
  switch (payload.kind) {
    case 'keys':
      return payload.keys.map(({ id }) => ({ kind: 'key', id }));
    case 'organization':
      return [{ kind: 'organization', id: payload.organization.id }];
    case 'operator':
      return [
        { kind: 'operator', id: payload.operator.id },
        { kind: 'key', id: payload.key.id },
      ];
    case 'configuration':
      // Any keyspace, those that are gone included.
      return [];
    default:
      return payload satisfies never;
  }
}
