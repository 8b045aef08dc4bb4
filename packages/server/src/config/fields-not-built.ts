/** A field or setting of the design that this version refuses. */
export interface NotBuilt {
  /** The section, as the reference names it, or `settings`. */
  readonly section: string;
  readonly name: string;
  /** What it would do, as it reads before "is not built yet". */
  readonly what: string;
}

/** What is refused as not built yet. The README's table "what it does not do yet" is kept equal to this list. */
export const FIELDS_NOT_BUILT: readonly NotBuilt[] = [
  { section: 'settings', name: 'pepper', what: 'the pepper' },
];

export function findNotBuilt(section: string, name: string): string | null {
  return FIELDS_NOT_BUILT.find((field) => field.section === section && field.name === name)?.what ?? null;
}
