import { KeyholdError } from './errors.ts';
import { compileDenials, type DenialResponses } from './http/denial.ts';
import { findAmbiguity } from './key/key-ambiguity.ts';
import { compileKeyFormat, type KeyFormat } from './key/key-format.ts';
import { compileKeyMask, type KeyMask } from './key/key-mask.ts';
import type { KeyspaceDefinition } from './keyspace-definition.ts';
import { compileOperationTable, type OperationTable } from './scope/operation-table.ts';

/** A keyspace compiled once and used on every request. Immutable; a configuration change compiles a new one. */
export interface Keyspace {
  readonly id: string;
  readonly definition: KeyspaceDefinition;
  /** What new keys are minted with. */
  readonly format: KeyFormat;
  readonly mask: KeyMask;
  /** Every format whose keys are recognised: `format` first, then the accepted ones and those once issued under. */
  readonly recognisedFormats: readonly KeyFormat[];
  /** Null: no scopes, every path is open. */
  readonly operations: OperationTable | null;
  readonly denials: DenialResponses;
}

/**
 * Compiles a keyspace.
 *
 * @param formerFormats templates that keys were issued under before. One that the present environments cannot carry any
 *   more is left out: no key of it could be accepted.
 * @throws {KeyholdError} `configuration_invalid` for a definition that the configuration should have refused.
 */
export function compileKeyspace(definition: KeyspaceDefinition, formerFormats: readonly string[]): Keyspace {
  const { id, key, environments, acceptsEnvironments, scopes } = definition;
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
  // An imported key is masked as an issued one is.
  for (const accepted of alsoAccepted) compileKeyMask(key.masked, accepted, environments);

  const recognised = new Map([format, ...alsoAccepted].map((known) => [known.template, known]));
  for (const template of formerFormats) {
    if (recognised.has(template)) continue;
    if (environments.length === 0 && template.includes('{environment}')) continue;
    recognised.set(template, compileKeyFormat(template, environments));
  }
  return {
    id,
    definition,
    format,
    mask: compileKeyMask(key.masked, format, environments),
    recognisedFormats: [...recognised.values()],
    operations: scopes === null ? null : compileOperationTable(scopes),
    denials: compileDenials(definition),
  };
}

function keyspaceError(id: string, whatAndWhatToDo: string): KeyholdError {
  return new KeyholdError('configuration_invalid', `The keyspace "${id}" ${whatAndWhatToDo}.`);
}
