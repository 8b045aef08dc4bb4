/** What lists show of a key, compiled from its template, e.g. `esms_{environment}_****{last:4}`. */
export interface KeyMask {
  readonly template: string;
  /** @param presentedKey the full key; only the `{first:N}` and `{last:N}` characters of it appear in the answer. */
  mask(presentedKey: string, environment: string | null): string;
}
