import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Asked, withAddresses } from './_keyhold.ts';
import { findFreePort, findProgram, type RunningProxy, startProgram } from './_program.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/forward-auth/nginx');

/**
 * Runs nginx with the example's files, only their addresses replaced.
 *
 * @param keyhold what nginx's `upstream keyhold` names: an address with a port, or `unix:` and a path.
 * @param edit a change to a file of the example, to show what it is there for.
 */
export async function startNginx(
  asked: Asked,
  keyhold: string,
  edit?: { readonly file: string; readonly remove: string },
): Promise<RunningProxy> {
  const directory = await mkdtemp(join(asked.directory, 'nginx-'));
  await cp(join(EXAMPLE, 'keyhold'), join(directory, 'keyhold'), { recursive: true });
  if (edit !== undefined) {
    const file = join(directory, edit.file);
    const text = await readFile(file, 'utf8');
    if (!text.includes(edit.remove)) throw new Error(`${edit.file} does not hold "${edit.remove}".`);
    await writeFile(file, text.replace(edit.remove, ''));
  }
  await writeFile(join(directory, 'nginx.conf'), surroundings(directory));

  const esmsPort = await findFreePort();
  const leadsPort = await findFreePort();
  const api = asked.api.url.slice('http://'.length);
  const sites = withAddresses(await readFile(join(EXAMPLE, 'sites.conf'), 'utf8'), {
    'server 127.0.0.1:8080;': `server ${keyhold};`,
    '127.0.0.1:9302': `127.0.0.1:${esmsPort}`,
    '127.0.0.1:9303': `127.0.0.1:${leadsPort}`,
    '127.0.0.1:9202': api,
    '127.0.0.1:9203': api,
  });
  await writeFile(join(directory, 'sites.conf'), sites);
  const program = await startProgram(
    findProgram('nginx') as string,
    ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr'],
    { readyText: 'start worker process ' },
  );
  return {
    ...program,
    esmsUrl: `http://127.0.0.1:${esmsPort}`,
    leadsUrl: `http://127.0.0.1:${leadsPort}`,
  };
}

/** What Debian's nginx.conf is to the file in conf.d/: one worker, everything in a directory of the test. */
function surroundings(directory: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
error_log stderr notice;
pid ${directory}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  include ${directory}/sites.conf;
}
`;
}
