import type { Json, JsonObject } from '../json.ts';

const MAX_BYTES = 4_096;
const MAX_MEMBERS = 32;
const MAX_DEPTH = 4;

/** Names that turn into something else than data in the hands of a careless reader. */
const UNSAFE_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * Checks a key's metadata: at most 4,096 bytes as compact JSON, 32 members over all levels, and 4 levels of objects and
 * arrays, the metadata itself being the first.
 *
 * @returns what is wrong with it, or null.
 */
export function checkMetadata(metadata: JsonObject): string | null {
  let members = 0;

  /** Deeper than allowed is refused before it is walked, so the depth of the call stack is bounded. */
  function check(value: Json, depth: number): string | null {
    if (typeof value === 'string') return checkText(value);
    if (typeof value === 'number') {
      return Number.isFinite(value)
        ? null
        : 'The metadata has a number that JSON cannot hold; send a smaller one.';
    }
    if (typeof value !== 'object' || value === null) return null;
    if (depth > MAX_DEPTH) return `The metadata is more than ${MAX_DEPTH} levels deep; flatten it.`;
    if (isArray(value)) return firstFault(value, (item) => check(item, depth + 1));
    return firstFault(Object.entries(value), ([name, member]) => {
      if (++members > MAX_MEMBERS) return `The metadata has more than ${MAX_MEMBERS} members; send fewer.`;
      if (UNSAFE_NAMES.includes(name)) return `The metadata has a member "${name}"; rename it.`;
      return checkText(name) ?? check(member, depth + 1);
    });
  }

  const fault = check(metadata, 1);
  if (fault !== null) return fault;
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  return bytes > MAX_BYTES ? `The metadata has ${bytes} bytes as JSON; send at most ${MAX_BYTES}.` : null;
}

function checkText(text: string): string | null {
  return text.isWellFormed() ? null : 'The metadata has half of a surrogate pair; send valid Unicode.';
}

/** `Array.isArray` does not narrow a readonly array out of a union. */
function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

function firstFault<T>(items: readonly T[], check: (item: T) => string | null): string | null {
  for (const item of items) {
    const fault = check(item);
    if (fault !== null) return fault;
  }
  return null;
}
