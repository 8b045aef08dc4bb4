import type { IncomingMessage } from 'node:http';
import type { VerifiedKey } from '@keyhold/coherence';
import { expect, test } from 'vitest';
import type { ClientConnection } from './client-connection.ts';
import { toUpstreamHeaders } from './request-headers.ts';

test.each([
  [[], undefined],
  [['read', 'write'], 'read write'],
])('a key with the scopes %j is told upstream with %j, as forward-auth tells it', (scopes, told) => {
  const headers = toUpstreamHeaders({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is read of it
    request: { rawHeaders: [], headers: {} } as unknown as IncomingMessage,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is read of it
    connection: { peer: '192.0.2.1', encrypted: false } as ClientConnection,
    requestId: 'req_1',
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is read of it
    key: {
      id: 'key_1',
      organization: 'acme',
      environment: null,
      scopes,
      keyspace: { operations: {} },
    } as unknown as VerifiedKey,
    removedCredential: null,
    peerTrusted: false,
  });
  const at = headers.indexOf('keyhold-scopes');
  expect(at === -1 ? undefined : headers[at + 1]).toBe(told);
});
