/** How a command ends. Documented in `keyhold --help`. */
export const EXIT_CODES = {
  done: 0,
  /** Refused or failed; standard error says why, in one line. */
  failed: 1,
  /** Not a command, an unknown option, a missing argument. */
  usage: 2,
  /** The server did not answer. */
  unreachable: 3,
} as const;

/** A command has said already what failed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
