import type { Json } from '@keyhold/core';
import { z } from 'zod';
import { suggest } from './did-you-mean.ts';
import { findNotBuilt } from './fields-not-built.ts';
import type { FieldPath, ProblemCollector } from './problem.ts';
import { type ConfigMap, type ConfigNode, findNamePosition, findPosition, toPlain } from './yaml-tree.ts';

/** One map of the file: the fields that hold values, and the names of the sections below it, which are read apart. */
export interface Section<S extends z.ZodRawShape> {
  /** Where it stands, for the reference: `keyspaces.ID.key`. */
  readonly title: string;
  readonly description: string;
  readonly fields: z.ZodObject<S>;
  /** Name → what it holds, in one sentence. */
  readonly sections: { readonly [name: string]: string };
}

export interface ReadSection<S extends z.ZodRawShape> {
  /** Every field that is right, defaults filled in, so that what depends on two fields is checked as far as it can be. */
  readonly values: Partial<z.output<z.ZodObject<S>>>;
  /** All of them, when none is wrong. */
  readonly whole: z.output<z.ZodObject<S>> | null;
  /** The sections below that are in the file. */
  readonly below: ReadonlyMap<string, ConfigNode>;
}

/**
 * Reads one map against its schema, field by field, so that one wrong field hides no other.
 *
 * @param node undefined when the file leaves the section out: every field gets its default.
 */
export function readSection<S extends z.ZodRawShape>(
  section: Section<S>,
  node: ConfigNode | undefined,
  path: FieldPath,
  problems: ProblemCollector,
): ReadSection<S> {
  const before = problems.count;
  const map = expectMap(node, path, problems);
  const below = new Map<string, ConfigNode>();
  const known = [...Object.keys(section.fields.shape), ...Object.keys(section.sections)];
  for (const [name, entry] of map?.entries ?? []) {
    if (name in section.sections) below.set(name, entry.node);
    else if (!(name in section.fields.shape)) {
      const notBuilt = findNotBuilt(section.title, name);
      problems.add(
        entry.keyAt,
        [...path, name],
        notBuilt === null
          ? `no such field${suggest(name, known) || `; the fields here are ${known.join(', ')}`}`
          : `${notBuilt} is not built yet; leave the field out`,
      );
    }
  }
  const values: Record<string, unknown> = {};
  const at = map?.at ?? node?.at ?? { line: 1, column: 1 };
  for (const [name, schema] of Object.entries(section.fields.shape)) {
    const fieldNode = map?.entries.get(name)?.node;
    const plain = toPlain(fieldNode);
    // As a map of one field, because that is how a schema says whether the field may be left out.
    const result = z.object({ [name]: schema }).safeParse(fieldNode === undefined ? {} : { [name]: plain });
    Object.assign(values, result.data);
    for (const issue of result.error?.issues ?? []) {
      const inside = issue.path.slice(1);
      const find = issue.code === 'invalid_key' ? findNamePosition : findPosition;
      const place = fieldNode === undefined ? at : find(fieldNode, inside);
      const field = inside.map((part) => (typeof part === 'number' ? part : String(part)));
      problems.add(place, [...path, name, ...field], describeIssue(issue, valueAt(plain, inside)));
    }
  }
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value came out of its field's own schema
    values: values as Partial<z.output<z.ZodObject<S>>>,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- and none is missing when there was no problem
    whole: problems.count === before ? (values as z.output<z.ZodObject<S>>) : null,
    below,
  };
}

/** The node as a map; anything else is a problem. */
export function expectMap(
  node: ConfigNode | undefined,
  path: FieldPath,
  problems: ProblemCollector,
): ConfigMap | null {
  if (node === undefined) return null;
  if (node.kind === 'map') return node;
  const empty = node.kind === 'scalar' && node.value === null;
  problems.add(
    node.at,
    path,
    empty
      ? 'is empty; give it fields or leave it out'
      : `must be a map of fields, not ${kindOf(toPlain(node))}`,
  );
  return null;
}

const EXPECTED: { readonly [type: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map',
};

/** What is wrong with a value, as the schema sees it, in one sentence that ends with what to do. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = EXPECTED[issue.expected] ?? issue.expected;
      if (value === undefined) return 'is missing; add it';
      if (value === null) return `is empty; write ${expected} or leave the line out`;
      return `must be ${expected}, not ${kindOf(value)}`;
    }
    case 'too_small':
      return `must be ${sizeOf(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `must be ${sizeOf(issue.origin, 'at most', Number(issue.maximum))}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}${typeof value === 'string' ? suggest(value, issue.values.map(String)) : ''}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function sizeOf(origin: string, bound: string, size: number): string {
  if (origin === 'string') return `${bound} ${size} character${size === 1 ? '' : 's'} long`;
  if (origin === 'array') return `a list of ${bound} ${size}`;
  return `${bound} ${size}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? `the number ${value}` : `${value === true}`;
}

function valueAt(plain: Json | undefined, path: readonly PropertyKey[]): unknown {
  let value: unknown = plain;
  for (const part of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
  }
  return value;
}
