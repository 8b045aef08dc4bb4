/** The token of a portal session, as the host's backend hands it out. */
export interface TokenSource {
  read(): Promise<string>;
  /** The token was refused: the next one is asked for anew. */
  drop(): void;
}

/** Asks once for many calls. */
export function createTokenSource(ask: () => Promise<string>): TokenSource {
  let asked: Promise<string> | null = null;
  return {
    read() {
      asked ??= ask().catch((error: unknown) => {
        asked = null;
        throw error;
      });
      return asked;
    },
    drop() {
      asked = null;
    },
  };
}
