import type { Settings } from './settings.ts';

/** Where a port is reached. An address that stands for every one of the machine is reached by loopback. */
export function toLocalUrl({ host, tls }: Pick<Settings, 'host' | 'tls'>, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${tls === null ? 'http' : 'https'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
