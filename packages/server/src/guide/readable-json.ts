/** JSON over several lines, as people write it: what has nothing nested in it in one line where it is a list. */
export function toReadableJson(value: unknown): string {
  // A line break stands in no JSON string, so these brackets are the lists' own.
  return JSON.stringify(value, null, 2).replaceAll(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (_, items: string) => {
    return `[${items.replaceAll(/,\n\s+/g, ', ')}]`;
  });
}
