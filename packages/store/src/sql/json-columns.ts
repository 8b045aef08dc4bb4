import type { JsonObject } from '@keyhold/core';

/** Reads a column that holds a JSON list of text. */
export function parseList(column: string): readonly string[] {
  return JSON.parse(column);
}

/** Reads a column that holds a JSON object. */
export function parseObject(column: string): JsonObject {
  return JSON.parse(column);
}
