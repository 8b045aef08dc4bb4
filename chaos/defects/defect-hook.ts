import { registerHooks } from 'node:module';
import { SERVER_DEFECTS } from './server-defects.ts';

// Loaded with `--import …/defect-hook.ts?NAME` before a server's own files, and by that flag in every process that it
// starts: puts one known bug back into it as its files are read. The product has no way to that.

const PROTOCOL = {
  file: 'packages/coherence/src/protocol/defects.ts',
  right: 'NO_DEFECTS: Defects = new Set()',
};

const name = new URL(import.meta.url).search.slice(1);
const { file, right, wrong } = SERVER_DEFECTS.find((defect) => defect.name === name) ?? {
  ...PROTOCOL,
  wrong: `NO_DEFECTS: Defects = new Set(['${name}'])`,
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/${file}`)) return loaded;
    const source =
      typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    if (source.split(right).length !== 2) throw new Error(`${file} does not have "${right}" once.`);
    return { ...loaded, source: source.replace(right, wrong) };
  },
});
