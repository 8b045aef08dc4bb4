import type { IncomingMessage } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import { KeyholdError, type Keyspace, OPERATOR_KEYSPACE, readRequestTarget } from '@keyhold/core';

/** A request for something that every keyspace has below a prefix of the management port. */
export interface MountedTarget {
  readonly keyspace: Keyspace;
  /** Prefix and keyspace, without a slash at the end. */
  readonly mount: string;
  /** The canonical path after the mount: empty, or from its slash on. */
  readonly subPath: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
}

/**
 * @param prefix with a slash at its end.
 * @throws {KeyholdError} `invalid_request` for a path with a second spelling, `route_not_found`.
 */
export function readMountedTarget(
  request: IncomingMessage,
  prefix: string,
  verifier: Pick<Verifier, 'keyspace'>,
): MountedTarget {
  const target = readRequestTarget(request.url ?? '');
  if (!target.ok) throw new KeyholdError('invalid_request', 'The path is not in its one canonical spelling.');
  const [, id = '', subPath = ''] = /^([^/]+)(.*)$/.exec(target.path.slice(prefix.length)) ?? [];
  const keyspace = id === OPERATOR_KEYSPACE ? undefined : verifier.keyspace(id);
  if (target.authority !== null || keyspace === undefined) throw new KeyholdError('route_not_found', '');
  return { keyspace, mount: prefix + id, subPath, query: target.query };
}
