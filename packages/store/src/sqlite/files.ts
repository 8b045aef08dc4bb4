import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Returns when what the file holds is on the disk. No database connection of this process may have it open. */
export function syncFile(path: string): void {
  sync(path);
}

/** Returns when the file's name, or that it is gone, is on the disk. */
export function syncDirectoryOf(path: string): void {
  // Windows cannot open a directory; there a name is on the disk with its file.
  if (process.platform !== 'win32') sync(dirname(path));
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
