import { registerHooks } from 'node:module';

// Loaded with `--import …/defect-hook.ts?NAME` before a server's own files, and by that flag in every process that it
// starts: puts one known bug of packages/coherence/src/protocol/defects.ts back into it. The product has no way to that.

const FILE = '/packages/coherence/src/protocol/defects.ts';
const NONE = 'NO_DEFECTS: Defects = new Set()';

const name = new URL(import.meta.url).search.slice(1);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(FILE)) return loaded;
    const source =
      typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    if (!source.includes(NONE)) throw new Error(`${FILE} does not have "${NONE}" any more.`);
    return { ...loaded, source: source.replace(NONE, `NO_DEFECTS: Defects = new Set(['${name}'])`) };
  },
});
