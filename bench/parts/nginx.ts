import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type MeasuredProcess, startProcess } from './process.ts';

export interface Nginx extends MeasuredProcess {
  readonly url: string;
  readonly port: number;
}

/**
 * nginx with one worker, on a free port, without an access log.
 *
 * @param options.http directives for `http`; @param options.location those of the one location there is.
 * @throws where it is not installed (Debian: apt-get install nginx).
 */
export async function startNginx(options: {
  readonly http?: string;
  readonly location: string;
}): Promise<Nginx> {
  const { http = '', location } = options;
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
  const remove = () => rmSync(directory, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const configuration = join(directory, 'nginx.conf');
  writeFileSync(
    configuration,
    `daemon off; worker_processes 1; error_log stderr; pid ${directory}/nginx.pid;
events {}
http {
  access_log off; keepalive_requests 1000000000;
  ${http}
  server { listen 127.0.0.1:${port}; location / { ${location} } }
}`,
  );
  try {
    const nginx = await startProcess({
      command: 'nginx',
      args: ['-c', configuration, '-e', 'stderr', '-p', directory],
      isReady: async () => (await fetch(url)).ok,
    });
    return { ...nginx, url, port, stop: () => nginx.stop().then(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}
