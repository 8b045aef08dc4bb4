import { serveBaseline } from './server.ts';

// Each process keeps what it read of a valid key for 60 s; the one that revokes a key forgets it at once.

const TTL_MS = 60_000;

await serveBaseline(async ({ readRow }) => {
  const validUntilMs = new Map<string, number>();
  return {
    async isValid(lookup) {
      if ((validUntilMs.get(lookup) ?? 0) > performance.now()) return true;
      const isValid = await readRow(lookup);
      if (isValid) validUntilMs.set(lookup, performance.now() + TTL_MS);
      return isValid;
    },
    async onRevoked(lookup) {
      validUntilMs.delete(lookup);
    },
  };
});
