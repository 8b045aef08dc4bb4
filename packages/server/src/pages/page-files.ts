import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** One file of the built pages, as it is and compressed. */
export interface PageFile {
  readonly mediaType: string;
  readonly plain: Buffer;
  /** Null: not worth compressing. */
  readonly brotli: Buffer | null;
  readonly gzip: Buffer | null;
}

/** What the pages consist of. */
export interface PageFiles {
  /** By path: `index.html`, `assets/page-….js`. Read once, and built first where the sources are newer. */
  read(): Promise<ReadonlyMap<string, PageFile>>;
}

/** A built program has the pages beside it. */
const BESIDE = fileURLToPath(new URL('./public/', import.meta.url));
/** A checkout builds them out of this when they are asked for. Its answer is the folder where they are. */
const BUILD_SCRIPT = fileURLToPath(new URL('../../../console/build.ts', import.meta.url));

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const run = promisify(execFile);

export function createPageFiles(): PageFiles {
  let reading: Promise<ReadonlyMap<string, PageFile>> | null = null;
  return {
    read() {
      // Forgotten when it fails, so that a build that is mended is tried again.
      reading ??= readFolder().catch((error: unknown) => {
        reading = null;
        throw error;
      });
      return reading;
    },
  };
}

async function readFolder(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = existsSync(BESIDE) ? BESIDE : (await run(process.execPath, [BUILD_SCRIPT])).stdout.trim();
  const entries = await readdir(folder, { recursive: true });
  const files = new Map<string, PageFile>();
  for (const path of entries) {
    const mediaType = MEDIA_TYPES[path.slice(path.lastIndexOf('.') + 1)];
    if (mediaType === undefined) continue;
    const [plain, brotli, gzip] = await Promise.all([
      readFile(join(folder, path)),
      readIfThere(join(folder, `${path}.br`)),
      readIfThere(join(folder, `${path}.gz`)),
    ]);
    files.set(path, { mediaType, plain, brotli, gzip });
  }
  return files;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  return existsSync(path) ? await readFile(path) : null;
}
