import type { RandomBytes } from '../clock.ts';

/** A key format compiled from its template, e.g. `esms_{environment}_{random:base36:32}`. */
export interface KeyFormat {
  readonly template: string;
  /** Bits of randomness in one key. */
  readonly entropyBits: number;
  readonly hasEnvironment: boolean;
  /**
   * Makes a new key. Every character of the random part is drawn without bias (rejection sampling).
   *
   * @param environment one of the environments the format was compiled with; null where the template has none.
   */
  mint(environment: string | null, randomBytes: RandomBytes): string;
  /** Says whether `text` has exactly this shape, checksum included, and which environment it names. */
  recognise(text: string): RecognisedKey | null;
}

export interface RecognisedKey {
  /** Null when the template has no `{environment}`. */
  readonly environment: string | null;
}
