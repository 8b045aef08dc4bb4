export const KEYSPACE = 'chaos';

/** The operations that keys are asked about, one for each scope. */
export const OPERATIONS = { send: 'POST /send', read: 'GET /read' } as const;
export type Scope = keyof typeof OPERATIONS;

/** Opened by the scope `read`; its answer goes on until somebody ends it. */
export const STREAM_PATH = '/stream';

/** The configuration of every node. */
export function renderConfiguration(upstreamPort: number): string {
  return JSON.stringify({
    keyspaces: {
      [KEYSPACE]: {
        key: { format: 'chaos_{random:base62:32}' },
        scopes: {
          send: [OPERATIONS.send],
          read: [OPERATIONS.read, `GET ${STREAM_PATH}`],
        },
        gateway: { listen: '127.0.0.1:0', upstream: `http://127.0.0.1:${upstreamPort}` },
      },
    },
  });
}
