import { KeyholdError } from './errors.ts';
import { compileDenials, type DenialResponses } from './http/denial.ts';
import { findAmbiguity } from './key/key-ambiguity.ts';
import { compileKeyFormat, type KeyFormat } from './key/key-format.ts';
import { bareKeyMask, compileKeyMask, defaultKeyMask, type KeyMask } from './key/key-mask.ts';
import type { KeyspaceDefinition } from './keyspace-definition.ts';
import { isEnvironmentName, isKeyspaceId } from './names.ts';
import { compileOperationTable, type OperationTable } from './scope/operation-table.ts';

/** A format that keys of a keyspace may have from before. */
export interface FormerFormat {
  readonly template: string;
  /** Those that its keys name; empty when the template has no `{environment}`. */
  readonly environments: readonly string[];
}

/** A keyspace compiled once and used on every request. Immutable; a configuration change compiles a new one. */
export interface Keyspace {
  readonly id: string;
  readonly definition: KeyspaceDefinition;
  /** What new keys are minted with. */
  readonly format: KeyFormat;
  /** What lists show of keys of `format`. */
  readonly mask: KeyMask;
  /**
   * What lists show of keys of one of the recognised formats: where the keyspace's mask is the default one, each
   * format has its own. Nothing random of a key of a former format: no mask was made for it.
   */
  maskOf(recognised: KeyFormat): KeyMask;
  /** Every format whose keys are recognised: `format` first, then the accepted ones and those once issued under. */
  readonly recognisedFormats: readonly KeyFormat[];
  /** Null: no scopes, every path is open. */
  readonly operations: OperationTable | null;
  readonly denials: DenialResponses;
}

/**
 * Compiles a keyspace.
 *
 * @param formerFormats what keys were issued or imported under before. They stay recognised with the environments of
 *   their day, so that a key of one that is gone is denied for that and for nothing else.
 * @throws {KeyholdError} `configuration_invalid` for a definition that the configuration should have refused.
 */
export function compileKeyspace(
  definition: KeyspaceDefinition,
  formerFormats: readonly FormerFormat[],
): Keyspace {
  const { id, key, environments, acceptsEnvironments, scopes } = definition;
  checkNames(definition);
  if (new Set(environments).size !== environments.length) {
    throw keyspaceError(id, 'names an environment twice; name each once');
  }
  const undeclared = acceptsEnvironments.find((environment) => !environments.includes(environment));
  if (undeclared !== undefined) {
    throw keyspaceError(
      id,
      `accepts the environment "${undeclared}" and does not declare it; add it to "environments"`,
    );
  }
  const format = compileKeyFormat(key.format, environments);
  const alsoAccepted = key.alsoAccepted.map((template) => compileKeyFormat(template, environments));
  const ambiguity = findAmbiguity([format, ...alsoAccepted]);
  if (ambiguity !== null) throw keyspaceError(id, `has key formats that cannot be told apart: ${ambiguity}`);
  const isDefault = key.masked === defaultKeyMask(key.format);
  const masks = new Map(
    [format, ...alsoAccepted].map((each) => {
      const template = isDefault ? defaultKeyMask(each.template) : key.masked;
      return [each, compileKeyMask(template, each, environments)];
    }),
  );

  const recognisedFormats = [format, ...alsoAccepted];
  for (const former of formerFormats) {
    const known = recognisedFormats.filter(({ template }) => template === former.template);
    const shapes = known.flatMap((each) => each.shapes);
    const left = former.environments.filter((name) => shapes.every((shape) => shape.environment !== name));
    if (known.length > 0 && left.length === 0) continue;
    recognisedFormats.push(compileKeyFormat(former.template, left));
  }
  return {
    id,
    definition,
    format,
    mask: masks.get(format)!,
    maskOf: (each) =>
      masks.get(each) ?? compileKeyMask(bareKeyMask(each.template), each, shownEnvironments(each)),
    recognisedFormats,
    operations: scopes === null ? null : compileOperationTable(scopes),
    denials: compileDenials(definition),
  };
}

function shownEnvironments({ shapes }: KeyFormat): readonly string[] {
  return shapes.flatMap(({ environment }) => environment ?? []);
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What stands in headers and addresses as it is. */
function checkNames({ id, environments, credential: { header, scheme } }: KeyspaceDefinition): void {
  if (!isKeyspaceId(id)) {
    throw keyspaceError(id, 'has an id that no address can hold; use up to 64 of a-z, 0-9, "-" and "_"');
  }
  const unnamable = environments.find((environment) => !isEnvironmentName(environment));
  if (unnamable !== undefined) {
    throw keyspaceError(
      id,
      `cannot name an environment "${unnamable}"; use up to 32 letters, digits, "-" and "_"`,
    );
  }
  if (!TOKEN.test(header) || header !== header.toLowerCase()) {
    throw keyspaceError(id, `reads its keys from "${header}", which is no header; name one in lower case`);
  }
  if (scheme !== null && !TOKEN.test(scheme)) {
    throw keyspaceError(
      id,
      `has the credential scheme "${scheme}", which is none; use a word such as Bearer`,
    );
  }
}

function keyspaceError(id: string, whatAndWhatToDo: string): KeyholdError {
  return new KeyholdError('configuration_invalid', `The keyspace "${id}" ${whatAndWhatToDo}.`);
}
