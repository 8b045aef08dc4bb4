import type { ChangeLog } from './change.ts';
import type { ChildStreams } from './child-streams.ts';
import { createFollower, type Follower } from './follower.ts';
import type { Replica } from './replica.ts';
import type { TableWatch } from './table-watch.ts';

/** A follower that feeds the children too: what the table has, they are sent, before anything is granted for it. */
export function createFedFollower(options: {
  readonly log: ChangeLog;
  readonly replica: Replica;
  readonly streams: ChildStreams;
  readonly table: TableWatch;
}): Follower {
  const { log, replica, streams, table } = options;
  const observer = {
    dropped() {
      streams.dropped();
      table.dropped();
    },
    loaded() {
      table.advanced();
      streams.loaded();
    },
    applied(changes: Parameters<ChildStreams['relay']>[0]) {
      streams.relay(changes);
      table.advanced();
    },
  };
  return createFollower({ log, replica, observer });
}
