import type { GatewayDefinition } from '@keyhold/gateway';
import type { FieldPath, ProblemCollector } from './problem.ts';
import { type ConfigNode, findPosition } from './yaml-tree.ts';

/** Where one keyspace listens, and where the file says so. */
export interface LocatedListener {
  readonly keyspace: string;
  readonly listen: GatewayDefinition['listen'];
  readonly hasTls: boolean;
  readonly node: ConfigNode;
  readonly path: FieldPath;
}

const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** No two keyspaces may claim the same address or the same host. */
export function checkListeners(listeners: readonly LocatedListener[], problems: ProblemCollector): void {
  const byPort = new Map<number, { readonly host: string; readonly keyspace: string }[]>();
  const byHost = new Map<string, string>();
  const shared = listeners.find(({ listen }) => listen.kind === 'hosts');
  for (const { keyspace, listen, hasTls, node, path } of listeners) {
    if (listen.kind === 'hosts') {
      if (shared !== undefined && hasTls !== shared.hasTls) {
        const message = `keyspace "${shared.keyspace}" on the same port ${shared.hasTls ? 'has' : 'has no'} "tls"; give it to all or to none`;
        problems.add(findPosition(node, ['tls']), [...path, 'tls'], message);
      }
      listen.hosts.forEach((host, index) => {
        const owner = byHost.get(host);
        const field = ['hosts', index];
        if (owner !== undefined)
          problems.add(
            findPosition(node, field),
            [...path, ...field],
            `the host is already that of keyspace "${owner}"; take another`,
          );
        else byHost.set(host, keyspace);
      });
      continue;
    }
    // Port 0 is a different free port for each.
    if (listen.port === 0) continue;
    const others = byPort.get(listen.port) ?? [];
    const owner = others.find(
      (other) =>
        other.host === listen.host || [other.host, listen.host].some((host) => EVERY_ADDRESS.includes(host)),
    );
    if (owner !== undefined) {
      problems.add(
        findPosition(node, ['listen']),
        [...path, 'listen'],
        `the address is already that of keyspace "${owner.keyspace}"; take another port, or give both "hosts" on the shared one`,
      );
    }
    byPort.set(listen.port, [...others, { host: listen.host, keyspace }]);
  }
}
