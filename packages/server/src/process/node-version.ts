/** node:sqlite without a flag and as a release candidate; see the README. */
const LEAST = [24, 15] as const;

/** Says in one line that this Node is too old, and ends the process. */
export function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return;
  process.stderr.write(
    `keyhold: this is Node ${version}, and Keyhold needs ${LEAST.join('.')} or later; install it, or run "npm start", which brings its own\n`,
  );
  process.exit(1);
}
