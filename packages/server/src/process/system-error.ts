/** The code of an error of the operating system or of Node, such as `ENOENT`; `unknown` for any other thing thrown. */
export function systemErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
