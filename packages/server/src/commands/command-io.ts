/** What a command sees of the process it runs in. */
export interface CommandIo {
  readonly environment: { readonly [variable: string]: string | undefined };
  readonly workingDirectory: string;
  /** Results, and nothing else. */
  print(text: string): void;
  /** Everything that is not a result. */
  complain(text: string): void;
}
