import { compileOperationTable, type JsonObject, type Operation } from '@keyhold/core';
import { defaultGuide, type ExampleCall, type GuideDefinition } from '../guide/guide-definition.ts';
import { suggest } from './did-you-mean.ts';
import { GUIDE } from './keyspace-fields.ts';
import type { ReadKeyspace } from './keyspace-section.ts';
import { type FieldPath, type ProblemCollector, quote } from './problem.ts';
import { readSection } from './section.ts';
import { findPosition } from './yaml-tree.ts';

/** Reads the guide of one keyspace. Null when something in it, or in the keyspace, is wrong. */
export function readGuide(
  owner: ReadKeyspace,
  path: FieldPath,
  problems: ProblemCollector,
): GuideDefinition | null {
  const before = problems.count;
  const { definition, guide: node } = owner;
  const { values, whole } = readSection(GUIDE, node, path, problems);
  const report = (field: FieldPath, message: string) => {
    if (node !== undefined) problems.add(findPosition(node, field), [...path, ...field], message);
  };
  for (const environment of Object.keys(values.environments ?? {})) {
    if (owner.environments === null || owner.environments.includes(environment)) continue;
    const field = ['environments', environment];
    report(field, `is not one of "environments"${suggest(environment, owner.environments)}`);
  }
  const { example, example_body: body } = values;
  if (body !== undefined && (example === undefined || example.method === 'GET')) {
    report(['example_body'], 'is for an "example" whose method takes a body; name one, or leave it out');
  }
  // What is wrong with the scopes themselves is told where they stand.
  if (definition !== null && example !== undefined && !isOpen(example, definition.scopes)) {
    report(
      ['example'],
      `is opened by no scope: ${quote(`${example.method} ${example.path}`)} would be 403; take an operation of "scopes"`,
    );
  }
  if (problems.count > before || definition === null || whole === null) return null;
  const byDefault = defaultGuide(definition);
  return {
    keyspace: definition.id,
    isPublic: whole.public,
    title: whole.title ?? byDefault.title,
    variable: whole.variable ?? byDefault.variable,
    example: toExample(example, body) ?? byDefault.example,
    keysPage: whole.keys_page ?? null,
    environments: whole.environments,
  };
}

function isOpen({ method, path }: Operation, scopes: ReadKeyspace['scopes']): boolean {
  return scopes === null || compileOperationTable(scopes).match(method, path) !== null;
}

function toExample(operation: Operation | undefined, body: JsonObject | undefined): ExampleCall | null {
  if (operation === undefined) return null;
  return { method: operation.method, path: operation.path, body: body ?? null };
}
