/**
 * Holds one key text for as long as its dialog is open. It stands outside React's state on purpose: React keeps former
 * states and props for a while, and this text must be gone when the dialog is.
 */
export interface OneTimeSecret {
  /** Null once it was forgotten. */
  read(): string | null;
  forget(): void;
}

export function createOneTimeSecret(text: string): OneTimeSecret {
  let held: string | null = text;
  return {
    read: () => held,
    forget() {
      held = null;
    },
  };
}
