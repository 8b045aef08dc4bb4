import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Asked, withAddresses } from './_keyhold.ts';
import { findFreePort, findProgram, type RunningProxy, startProgram } from './_program.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/forward-auth/Caddyfile');

/**
 * Runs Caddy with the example's file, only its addresses replaced.
 *
 * @param keyhold what stands after `forward_auth`: an address with a port, or `unix/` and a path.
 */
export async function startCaddy(asked: Asked, keyhold: string): Promise<RunningProxy> {
  const directory = await mkdtemp(join(asked.directory, 'caddy-'));
  const esmsPort = await findFreePort();
  const leadsPort = await findFreePort();
  const api = asked.api.url.slice('http://'.length);
  const configuration = withAddresses(await readFile(EXAMPLE, 'utf8'), {
    'forward_auth 127.0.0.1:8080': `forward_auth ${keyhold}`,
    '127.0.0.1:9302': `127.0.0.1:${esmsPort}`,
    '127.0.0.1:9303': `127.0.0.1:${leadsPort}`,
    '127.0.0.1:9202': api,
    '127.0.0.1:9203': api,
  });
  const file = join(directory, 'Caddyfile');
  await writeFile(file, configuration);
  const program = await startProgram(
    findProgram('caddy') as string,
    ['run', '--adapter', 'caddyfile', '--config', file],
    // Caddy keeps what it remembers in the user's directories.
    { readyText: 'serving initial configuration', env: { HOME: directory } },
  );
  return {
    ...program,
    esmsUrl: `http://127.0.0.1:${esmsPort}`,
    leadsUrl: `http://127.0.0.1:${leadsPort}`,
  };
}
