import { type FieldError, KeyholdError } from '@keyhold/core';
import type { z } from 'zod';
import { toPointer } from './json-reader.ts';

/**
 * Checks a body against its schema and against rules that a schema cannot say; every error is told at once.
 *
 * @param checkMeaning sees the fields whose shape is right, so it must bear with missing ones. Its complaints about fields
 *   that the schema has refused already are dropped.
 * @throws {KeyholdError} `unknown_field` when there are fields the schema does not know, else `validation_failed`.
 */
export function validate<S extends z.ZodType>(
  schema: S,
  value: unknown,
  checkMeaning: (body: Partial<z.output<S>>) => readonly FieldError[],
): z.output<S> {
  const shape = checkShape(schema, value);
  return finish(shape, shape.sound === null ? NONE : checkMeaning(shape.sound));
}

/** {@link validate} with rules that have to ask the store. */
export async function validateAsync<S extends z.ZodType>(
  schema: S,
  value: unknown,
  checkMeaning: (body: Partial<z.output<S>>) => readonly FieldError[] | Promise<readonly FieldError[]>,
): Promise<z.output<S>> {
  const shape = checkShape(schema, value);
  return finish(shape, shape.sound === null ? NONE : await checkMeaning(shape.sound));
}

interface CheckedShape<S extends z.ZodType> {
  readonly data: z.output<S> | undefined;
  readonly fields: readonly FieldError[];
  /** Top-level fields that the schema refuses. */
  readonly wrong: ReadonlySet<string>;
  /** The others; null when there is no object. */
  readonly sound: Partial<z.output<S>> | null;
}

const NONE: readonly FieldError[] = [];
const NO_NAMES: ReadonlySet<string> = new Set();

/** @throws {KeyholdError} `unknown_field`. */
function checkShape<S extends z.ZodType>(schema: S, value: unknown): CheckedShape<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    const { data } = parsed;
    return { data, fields: NONE, wrong: NO_NAMES, sound: data };
  }
  const { issues } = parsed.error;
  const unknown = issues.flatMap(toUnknownFields);
  if (unknown.length > 0) {
    throw new KeyholdError(
      'unknown_field',
      'The body has fields that this call does not know; remove them.',
      { fields: unknown },
    );
  }
  const wrong = new Set(issues.map((issue) => String(issue.path[0] ?? '')));
  const sound = isObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => !wrong.has(name)))
    : null;
  return {
    data: undefined,
    fields: issues.map((issue) => ({ pointer: toPointer(issue.path), message: toMessage(issue, value) })),
    wrong,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each field of it has passed the schema
    sound: sound as Partial<z.output<S>> | null,
  };
}

function finish<S extends z.ZodType>(shape: CheckedShape<S>, meaning: readonly FieldError[]): z.output<S> {
  if (shape.fields.length === 0 && meaning.length === 0) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there is data unless the schema found a fault
    return shape.data as z.output<S>;
  }
  const further = meaning.filter((field) => !shape.wrong.has(field.pointer.split('/')[1] ?? ''));
  throw new KeyholdError(
    'validation_failed',
    'The body has values that cannot be accepted; "errors" lists every one.',
    { fields: [...shape.fields, ...further] },
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Issue = z.core.$ZodIssue;

function toUnknownFields(issue: Issue): readonly FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [];
  return issue.keys.map((name) => ({
    pointer: toPointer([...issue.path, name]),
    message: 'is no field of this request; remove it',
  }));
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'an array',
  null: 'null',
};

/** What is wrong with one value and what to send; never quotes the value, which may be a key. */
function toMessage(issue: Issue, root: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return toTypeMessage([issue.expected], isMissing(issue.path, root));
    case 'invalid_union': {
      const expected = issue.errors.flatMap((branch) =>
        branch.flatMap((inner) =>
          inner.code === 'invalid_type' && inner.path.length === 0 ? [inner.expected] : [],
        ),
      );
      return expected.length > 0
        ? toTypeMessage(expected, isMissing(issue.path, root))
        : 'has a value that is not allowed';
    }
    case 'invalid_value':
      return `must be one of ${issue.values.map((one) => JSON.stringify(one)).join(', ')}`;
    case 'too_small':
      return `must have at least ${issue.minimum}${toCounted(issue.origin)}`;
    case 'too_big':
      return `must have at most ${issue.maximum}${toCounted(issue.origin)}`;
    case 'invalid_format':
      return 'has characters that are not allowed or a length that is not';
    default:
      return issue.message;
  }
}

function toCounted(origin: string): string {
  if (origin === 'array') return ' elements';
  return origin === 'string' ? ' characters' : '';
}

function toTypeMessage(expected: readonly string[], missing: boolean): string {
  const names = expected.map((type) => TYPE_NAMES[type] ?? type).join(' or ');
  return missing ? `is missing; send ${names}` : `must be ${names}`;
}

function isMissing(path: readonly PropertyKey[], root: unknown): boolean {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return true;
    value = Reflect.get(value, step);
  }
  return false;
}
