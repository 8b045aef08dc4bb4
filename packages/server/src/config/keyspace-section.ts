import {
  compileKeyFormat,
  compileKeyMask,
  compileKeyspace,
  compileOperationTable,
  defaultKeyMask,
  findAmbiguity,
  isKeyholdError,
  isKeyspaceId,
  type KeyFormat,
  type KeyspaceDefinition,
  OPERATOR_KEYSPACE,
} from '@keyhold/core';
import { suggest } from './did-you-mean.ts';
import { withoutFullStop } from './field-types.ts';
import { CREDENTIAL, ERRORS, KEY, KEYSPACE, LIMITS, RECYCLE } from './keyspace-fields.ts';
import { type FieldPath, type Position, type ProblemCollector, quote } from './problem.ts';
import { readSection } from './section.ts';
import { type ConfigNode, findPosition } from './yaml-tree.ts';

export interface ReadKeyspace {
  /** Null when something in it is wrong. */
  readonly definition: KeyspaceDefinition | null;
  /** What the gateway section is checked against; null when that is wrong itself. */
  readonly environments: readonly string[] | null;
  readonly acceptsEnvironments: readonly string[];
  readonly scopes: { readonly [scope: string]: readonly string[] } | null;
  readonly gateway: ConfigNode | undefined;
  readonly guide: ConfigNode | undefined;
}

/** Reads one keyspace. The sections of the gateway and the guide are handed back unread. */
export function readKeyspace(
  { id, keyAt }: { readonly id: string; readonly keyAt: Position },
  node: ConfigNode,
  path: FieldPath,
  problems: ProblemCollector,
): ReadKeyspace {
  const before = problems.count;
  const badId = refuseId(id);
  if (badId !== null) problems.add(keyAt, path, badId);
  const own = readSection(KEYSPACE, node, path, problems);
  const keyNode = own.below.get('key');
  if (keyNode === undefined)
    problems.add(
      node.at,
      [...path, 'key'],
      'is missing; add it with a format, for example key: { format: "x_{random:base62:43}" }',
    );
  const key = keyNode === undefined ? null : readSection(KEY, keyNode, [...path, 'key'], problems);
  const credential = readSection(CREDENTIAL, own.below.get('credential'), [...path, 'credential'], problems);
  const recycle = readSection(RECYCLE, own.below.get('recycle'), [...path, 'recycle'], problems);
  const limits = readSection(LIMITS, own.below.get('limits'), [...path, 'limits'], problems);
  const errors = readSection(ERRORS, own.below.get('errors'), [...path, 'errors'], problems);
  checkErrorOrder(own.below.get('errors'), [...path, 'errors'], problems);

  const { scopes = null } = own.values;
  const isNamed = node.kind === 'map' && node.entries.has('environments');
  const environments = own.values.environments ?? (isNamed ? null : []);
  const acceptsEnvironments = own.values.accepts_environments ?? environments ?? [];
  if (environments !== null) {
    const stray = acceptsEnvironments.findIndex((environment) => !environments.includes(environment));
    if (stray !== -1) {
      const name = acceptsEnvironments[stray]!;
      const field = ['accepts_environments', stray];
      const message = `${quote(name)} is not one of "environments"${suggest(name, environments)}`;
      problems.add(findPosition(node, field), [...path, ...field], message);
    }
    if (key !== null) checkKey(key.values, environments, node, path, problems);
  }
  if (scopes !== null) attempt(() => compileOperationTable(scopes), node, ['scopes'], path, problems);

  let definition: KeyspaceDefinition | null = null;
  const { whole } = own;
  if (
    problems.count === before &&
    environments !== null &&
    whole !== null &&
    key?.whole &&
    credential.whole &&
    recycle.whole &&
    limits.whole &&
    errors.whole
  ) {
    const { header, scheme } = credential.whole;
    const { invalid_request: invalidRequest, ...bodies } = errors.whole;
    const made: KeyspaceDefinition = {
      id,
      title: whole.title ?? null,
      realm: whole.realm ?? id,
      credential: {
        header,
        scheme: scheme === undefined ? (header === 'authorization' ? 'Bearer' : null) : scheme,
      },
      key: {
        format: key.whole.format,
        masked: key.whole.masked ?? defaultKeyMask(key.whole.format),
        alsoAccepted: key.whole.also_accepts,
      },
      environments,
      acceptsEnvironments,
      scopes,
      requiresFeature: whole.requires_feature ?? null,
      recycle: { maxGraceMs: recycle.whole.max_grace },
      limits: {
        activeKeysPerOrganization: limits.whole.active_keys_per_organization ?? null,
        maxLifetimeMs: limits.whole.max_lifetime ?? null,
      },
      retired: whole.retired,
      errors: { ...bodies, ...(invalidRequest === undefined ? {} : { invalidRequest }) },
    };
    definition = attempt(() => compileKeyspace(made, []).definition, node, [], path, problems);
  }
  const { below } = own;
  const [gateway, guide] = [below.get('gateway'), below.get('guide')];
  return { definition, environments, acceptsEnvironments, scopes, gateway, guide };
}

function refuseId(id: string): string | null {
  if (id === OPERATOR_KEYSPACE)
    return `"${OPERATOR_KEYSPACE}" is the keyspace of operator tokens; take another name`;
  if (isKeyspaceId(id)) return null;
  return `${quote(id)} is no name for a keyspace; use up to 64 of a–z, 0–9, _ and -`;
}

/** Each format and the mask compile, and no key could be read in two ways. */
function checkKey(
  key: {
    readonly format?: string;
    readonly masked?: string | undefined;
    readonly also_accepts?: readonly string[];
  },
  environments: readonly string[],
  node: ConfigNode,
  path: FieldPath,
  problems: ProblemCollector,
): void {
  const formats: KeyFormat[] = [];
  const compile = (value: string, field: FieldPath) => {
    const format = attempt(() => compileKeyFormat(value, environments), node, field, path, problems);
    if (format !== null) formats.push(format);
    return format;
  };
  const format = key.format === undefined ? null : compile(key.format, ['key', 'format']);
  const masked = key.masked ?? (key.format === undefined ? null : defaultKeyMask(key.format));
  if (format !== null && masked !== null) {
    attempt(() => compileKeyMask(masked, format, environments), node, ['key', 'masked'], path, problems);
  }
  for (const [index, value] of (key.also_accepts ?? []).entries()) {
    const field = ['key', 'also_accepts', index];
    const accepted = compile(value, field);
    if (accepted !== null) {
      const mask = key.masked ?? defaultKeyMask(value);
      attempt(() => compileKeyMask(mask, accepted, environments), node, field, path, problems);
    }
  }
  const ambiguity = findAmbiguity(formats);
  if (ambiguity !== null)
    problems.add(findPosition(node, ['key', 'format']), [...path, 'key', 'format'], ambiguity);
}

/** JSON objects put names that are whole numbers first, so such a body would not be sent as it is written. */
function checkErrorOrder(node: ConfigNode | undefined, path: FieldPath, problems: ProblemCollector): void {
  if (node?.kind === 'list') {
    for (const [index, item] of node.items.entries()) checkErrorOrder(item, [...path, index], problems);
  }
  if (node?.kind !== 'map') return;
  const written = [...node.entries.keys()];
  const sent = Object.keys(Object.fromEntries(written.map((name) => [name, null])));
  const moved = sent.find((name, index) => name !== written[index]);
  if (moved !== undefined) {
    problems.add(
      node.entries.get(moved)!.keyAt,
      [...path, moved],
      'is a whole number and would be sent first; write such names first, in rising order',
    );
  }
  for (const [name, entry] of node.entries) checkErrorOrder(entry.node, [...path, name], problems);
}

/** Runs what may refuse with `configuration_invalid`; a refusal becomes a problem of `field`. */
function attempt<T>(
  run: () => T,
  node: ConfigNode,
  field: FieldPath,
  path: FieldPath,
  problems: ProblemCollector,
): T | null {
  try {
    return run();
  } catch (error) {
    if (!isKeyholdError(error)) throw error;
    problems.add(findPosition(node, field), [...path, ...field], withoutFullStop(error.message));
    return null;
  }
}
