const GAP = '  ';

/** Aligned columns under a header, each line without blanks at its end. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(widthOf)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell + ' '.repeat(widths[column]! - widthOf(cell)))
      .join(GAP)
      .trimEnd();
  return [header, ...rows].map((cells) => `${line(cells)}\n`).join('');
}

/** Two columns: what a thing is called, and its value. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...fields.map(([name]) => widthOf(name)));
  return fields
    .map(([name, value]) => `${name}${' '.repeat(width - widthOf(name))}${GAP}${value}\n`)
    .join('');
}

/** Characters rather than UTF-16 units; terminals that draw some of them double are off by those. */
function widthOf(text: string): number {
  return Array.from(text).length;
}
