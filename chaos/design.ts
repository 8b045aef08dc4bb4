import { fileURLToPath } from 'node:url';

/** What is run: Keyhold, or another design that answers the same calls. */
export interface Design {
  readonly name: string;
  /** The file that each node runs; undefined: Keyhold's own. */
  readonly command?: string;
  /** A thread beside the nodes, which they reach at `--companion-port`. */
  readonly companion?: URL;
  /** Whether all it is asked to do is to create, verify and revoke. */
  readonly isPlain: boolean;
}

export const KEYHOLD: Design = { name: 'keyhold', isPlain: false };

/** The usual designs. */
export const BASELINES: readonly Design[] = [
  { name: 'node-cache', command: fileIn('baselines/node-cache.ts'), isPlain: true },
  {
    name: 'shared-cache',
    command: fileIn('baselines/shared-cache.ts'),
    companion: new URL('./baselines/cache-thread.ts', import.meta.url),
    isPlain: true,
  },
  { name: 'database-read', command: fileIn('baselines/database-read.ts'), isPlain: true },
];

function fileIn(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
