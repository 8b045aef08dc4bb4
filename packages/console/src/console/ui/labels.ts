/** Labels as one types them: commas or blanks between them. */
export function parseLabels(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((label) => label !== ''))];
}
