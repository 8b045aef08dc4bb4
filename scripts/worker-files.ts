import type { Plugin } from 'rolldown';

/** What runs in a thread or a process of its own is a file of its own; beside the bundle it is named as built, not as written. */
export const workerFiles: Plugin = {
  name: 'worker-files',
  transform(code) {
    const built = code
      .replace("new URL('./worker.ts', import.meta.url)", "new URL('./store-worker.js', import.meta.url)")
      .replace(
        "new URL('./worker-process.ts', import.meta.url)",
        "new URL('./server-worker.js', import.meta.url)",
      );
    return built === code ? null : { code: built };
  },
};
