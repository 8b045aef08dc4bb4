import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why a suite that needs a disk of its own is left out. */
export const NO_TMPFS = 'a small tmpfs cannot be mounted here; run as root, where mount is permitted';

/** A file system of its own that is soon full. */
export interface SmallDisk extends Disposable {
  readonly path: string;
}

/** @returns null where this process may not mount. */
export function mountSmallDisk(sizeBytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'keyhold-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=700`, 'tmpfs', path], {
      stdio: 'ignore',
    });
  } catch {
    // Not root, no such program, or a container that forbids it: all the same to the suite.
    rmSync(path, { recursive: true });
    return null;
  }
  return {
    path,
    [Symbol.dispose]() {
      execFileSync('umount', ['--lazy', path], { stdio: 'ignore' });
      rmSync(path, { recursive: true });
    },
  };
}
