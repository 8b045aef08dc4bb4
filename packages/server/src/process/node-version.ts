/** From 24.15 on `node:sqlite` is there without a flag, as a release candidate. */
const LEAST = [24, 15] as const;

/** One line that says that this Node is too old; null when it is not. */
export function describeOldNode(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return null;
  return `keyhold: this is Node ${version}, and Keyhold needs ${LEAST.join('.')} or later; install it, or run "npm start", which brings its own\n`;
}
