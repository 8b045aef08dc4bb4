import { createVerifier } from '@keyhold/sdk';
import { createProtect } from '@keyhold/sdk/next';

// One verifier for the process, whatever the routes are bundled into.
globalThis.keyholdVerifier ??= createVerifier({
  url: process.env.KEYHOLD_URL ?? 'http://127.0.0.1:8080',
  token: process.env.KEYHOLD_ATTACH_TOKEN,
  keyspaces: ['localleads'],
});

export const protect = createProtect({
  verifier: globalThis.keyholdVerifier,
  keyspace: 'localleads',
  selfService: { path: '/api/v1/api-keys' },
});
