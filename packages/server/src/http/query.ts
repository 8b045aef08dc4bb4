import { type FieldError, KeyholdError } from '@keyhold/core';
import type { z } from 'zod';

const INTEGER = /^(?:0|[1-9]\d{0,15})$/;

/**
 * Reads a query string against the schema of an operation. A parameter may stand once; one the schema does not know is
 * refused, unless the schema is a loose one; numbers are plain decimal digits.
 *
 * @param query without `?`.
 * @throws {KeyholdError} `unknown_field` or `invalid_request`, with `?name` as the pointer.
 */
export function readQuery<S extends z.ZodObject>(schema: S | null, query: string): z.output<S> {
  const values: Record<string, unknown> = Object.create(null);
  const unknown: FieldError[] = [];
  const wrong: FieldError[] = [];
  const shape: Readonly<Record<string, z.ZodType>> = schema?.shape ?? {};
  const takesMore = schema?.def.catchall?._zod.def.type === 'unknown';
  for (const [name, value] of new URLSearchParams(query)) {
    const pointer = `?${name.slice(0, 64)}`;
    const isKnown = Object.hasOwn(shape, name);
    if (!isKnown && !takesMore) unknown.push({ pointer, message: 'is no parameter of this call; remove it' });
    else if (name in values) wrong.push({ pointer, message: 'stands twice; send it once' });
    else values[name] = isKnown && INTEGER.test(value) && wantsNumber(shape[name]!) ? Number(value) : value;
  }
  if (unknown.length > 0) {
    throw new KeyholdError('unknown_field', 'The query has parameters that this call does not know.', {
      fields: unknown,
    });
  }
  const parsed = schema?.safeParse(values);
  for (const issue of parsed?.error?.issues ?? []) {
    wrong.push({ pointer: `?${String(issue.path[0])}`, message: toQueryMessage(issue) });
  }
  if (wrong.length > 0) {
    throw new KeyholdError('invalid_request', 'The query has values that cannot be accepted.', {
      fields: wrong,
    });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without a schema there is no field
  return (parsed?.data ?? {}) as z.output<S>;
}

/** True for a schema that refuses strings, as those of numbers do, under a default or not. */
function wantsNumber(schema: z.ZodType): boolean {
  return !schema.safeParse('').success && schema.safeParse(1).success;
}

function toQueryMessage(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    default:
      return issue.code === 'invalid_type' ? 'must be a whole number' : 'has a value that cannot be accepted';
  }
}
