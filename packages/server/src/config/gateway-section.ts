import { dirname, resolve } from 'node:path';
import { type GatewayPolicy, parseOperation } from '@keyhold/core';
import type { GatewayDefinition } from '@keyhold/gateway';
import { suggest } from './did-you-mean.ts';
import { GATEWAY, PAGE, SELF_SERVICE, TIMEOUTS, TLS } from './gateway-fields.ts';
import type { ReadKeyspace } from './keyspace-section.ts';
import { type FieldPath, type ProblemCollector, quote } from './problem.ts';
import { readSection } from './section.ts';
import { type ConfigNode, findPosition } from './yaml-tree.ts';

export interface ReadGateway {
  /** Null when something in the section is wrong. */
  readonly definition: GatewayDefinition | null;
  /** Null when that is what is wrong. */
  readonly listen: GatewayDefinition['listen'] | null;
  readonly hasTls: boolean;
}

/** Reads the gateway of one keyspace. */
export function readGateway(
  keyspace: string,
  node: ConfigNode,
  path: FieldPath,
  owner: ReadKeyspace,
  file: string,
  problems: ProblemCollector,
): ReadGateway {
  const before = problems.count;
  const own = readSection(GATEWAY, node, path, problems);
  const selfServiceNode = withPathAlone(own.below.get('self_service'));
  const selfService =
    selfServiceNode === undefined
      ? null
      : readSection(SELF_SERVICE, selfServiceNode, [...path, 'self_service'], problems);
  const pageNode = withPathAlone(own.below.get('page'));
  const page = pageNode === undefined ? null : readSection(PAGE, pageNode, [...path, 'page'], problems);
  const tlsNode = own.below.get('tls');
  const tls = tlsNode === undefined ? null : readSection(TLS, tlsNode, [...path, 'tls'], problems);
  const timeouts = readSection(TIMEOUTS, own.below.get('timeouts'), [...path, 'timeouts'], problems);
  const report = (field: FieldPath, message: string) =>
    problems.add(findPosition(node, field), [...path, ...field], message);

  const { listen, hosts } = own.values;
  if (node.kind === 'map' && node.entries.has('listen') === node.entries.has('hosts')) {
    report(
      ['listen'],
      node.entries.has('hosts')
        ? 'excludes "hosts"; keep one of them'
        : 'is missing; add it, or "hosts" on the shared port',
    );
  }
  if (own.values.upstream !== undefined && 'byEnvironment' in own.values.upstream) {
    checkUpstreams(own.values.upstream.byEnvironment, owner, report);
  }
  if (selfService?.values.keys_may_manage === true && owner.scopes !== null) {
    report(
      ['self_service', 'keys_may_manage'],
      'is only for a keyspace without "scopes": a key could issue one that may do more; remove it',
    );
  }
  const named = [
    ...Object.values(owner.scopes ?? {}).flat(),
    ...(own.values.public ?? []),
    ...(own.values.websocket ?? []),
  ];
  const mounts = { self_service: selfService?.values.path, page: page?.values.path };
  for (const [name, mount] of Object.entries(mounts)) {
    const hidden = named.find((operation) => mount !== undefined && liesUnder(operation, mount));
    if (hidden !== undefined)
      report([name, 'path'], `hides the operation ${quote(hidden)} from your API; take another path`);
  }
  const { self_service: other, page: pageMount } = mounts;
  if (other !== undefined && pageMount !== undefined && overlap(other, pageMount)) {
    report(['page', 'path'], `and the path of "self_service" lie under one another; take another path`);
  }
  const { whole } = own;
  const listener: GatewayDefinition['listen'] | null =
    listen !== undefined
      ? { kind: 'address', ...listen }
      : hosts !== undefined
        ? { kind: 'hosts', hosts: [...new Set(hosts)] }
        : null;
  if (problems.count > before || whole === null || timeouts.whole === null || listener === null)
    return { definition: null, listen: listener, hasTls: tls !== null };
  const directory = dirname(file);
  const definition: GatewayDefinition = {
    keyspace,
    listen: listener,
    upstream: whole.upstream,
    selfService: selfService?.whole
      ? { path: selfService.whole.path, keysMayManage: selfService.whole.keys_may_manage }
      : null,
    page: page?.whole
      ? { path: page.whole.path, frameAncestors: [...new Set(page.whole.frame_ancestors)] }
      : null,
    publicUrl: whole.public_url ?? null,
    tls: tls?.whole
      ? { certPath: resolve(directory, tls.whole.cert), keyPath: resolve(directory, tls.whole.key) }
      : null,
    publicOperations: whole.public,
    corsPreflight: whole.cors_preflight,
    websocketOperations: whole.websocket,
    timeouts: {
      connectMs: timeouts.whole.connect,
      answerMs: timeouts.whole.answer,
      idleMs: timeouts.whole.idle,
    },
    trustedProxies: whole.trusted_proxies,
    forwardCredential: whole.forward_credential,
  };
  return { definition, listen: listener, hasTls: tls !== null };
}

/** The part of a gateway that is state, as the store keeps it with the keyspace. */
export function toPolicy(definition: GatewayDefinition): GatewayPolicy {
  const { publicOperations, websocketOperations, corsPreflight, selfService, page } = definition;
  const { trustedProxies, forwardCredential } = definition;
  return {
    publicOperations,
    websocketOperations,
    corsPreflight,
    selfService,
    ...(page !== null && { page }),
    trustedProxies,
    forwardCredential,
  };
}

/** `self_service: /path` is short for `self_service: { path: /path }`, and `page` likewise. */
function withPathAlone(node: ConfigNode | undefined): ConfigNode | undefined {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return node;
  return { kind: 'map', at: node.at, entries: new Map([['path', { keyAt: node.at, node }]]) };
}

function checkUpstreams(
  byEnvironment: ReadonlyMap<string, URL>,
  owner: ReadKeyspace,
  report: (field: FieldPath, message: string) => void,
): void {
  const { environments } = owner;
  if (environments === null) return;
  if (environments.length === 0) {
    report(
      ['upstream'],
      'names environments, and the keyspace has none; write one URL, or add "environments"',
    );
    return;
  }
  for (const environment of byEnvironment.keys()) {
    if (environments.includes(environment)) continue;
    report(['upstream', environment], `is not one of "environments"${suggest(environment, environments)}`);
  }
  const missing = owner.acceptsEnvironments.filter((environment) => !byEnvironment.has(environment));
  if (missing.length > 0)
    report(['upstream'], `lacks ${missing.join(', ')}; add a URL for each accepted environment`);
}

/** One of two mounts is the other, or below it. */
function overlap(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}

/** The operation's path is the mount or below it, letter by letter; one that only could be, through a `{parameter}`, is not. */
function liesUnder(operation: string, mount: string): boolean {
  const { segments } = parseOperation(operation);
  return mount
    .slice(1)
    .split('/')
    .every((segment, index) => segments[index] === segment);
}
