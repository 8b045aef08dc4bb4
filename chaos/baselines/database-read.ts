import { serveBaseline } from './server.ts';

// Every verification reads the key's row.

await serveBaseline(async ({ readRow }) => ({ isValid: readRow, async onRevoked() {} }));
