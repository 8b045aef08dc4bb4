import { fileURLToPath } from 'node:url';
import { DEFECTS } from '@keyhold/coherence';
import { SERVER_DEFECTS } from './defects/server-defects.ts';

/** What is run: Keyhold, or another design that answers the same calls. */
export interface Design {
  readonly name: string;
  /** The file that each node runs; undefined: Keyhold's own. */
  readonly command?: string;
  /** Flags of Node itself. */
  readonly nodeFlags: readonly string[];
  /** A thread beside the nodes, which they reach at `--companion-port`. */
  readonly companion?: URL;
  /** Whether all it is asked to do is to create, verify and revoke. */
  readonly isPlain: boolean;
}

export const KEYHOLD: Design = { name: 'keyhold', nodeFlags: [], isPlain: false };

/** Known bugs that can be put back into a server: the protocol's own, and some around it. */
export const KNOWN_DEFECTS: readonly string[] = [...DEFECTS, ...SERVER_DEFECTS.map(({ name }) => name)];

/** Keyhold with one of the {@link KNOWN_DEFECTS}. */
export function withDefect(name: string): Design {
  const hook = new URL('./defects/defect-hook.ts', import.meta.url);
  return { ...KEYHOLD, name, nodeFlags: ['--import', `${hook.href}?${name}`] };
}

/** The usual designs. */
export const BASELINES: readonly Design[] = [
  { name: 'node-cache', command: fileIn('baselines/node-cache.ts'), nodeFlags: [], isPlain: true },
  {
    name: 'shared-cache',
    command: fileIn('baselines/shared-cache.ts'),
    companion: new URL('./baselines/cache-thread.ts', import.meta.url),
    nodeFlags: [],
    isPlain: true,
  },
  { name: 'database-read', command: fileIn('baselines/database-read.ts'), nodeFlags: [], isPlain: true },
];

function fileIn(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
