import { KeyholdError } from '@keyhold/core';
import type { Cluster } from '../cluster.ts';
import type { Routes } from './call.ts';

export function createClusterRoutes({
  cluster,
}: {
  readonly cluster: Cluster;
}): Routes<'readBarrier' | 'listNodes'> {
  return {
    readBarrier: {
      async handle({ params }) {
        const seq = /^\d{1,15}$/.test(params.seq) ? Number(params.seq) : null;
        if (seq === null) throw new KeyholdError('route_not_found', '');
        if ((await cluster.waitFor(seq)) === 'complete') return { status: 200, body: { seq } };
        const message = `Change ${seq} is not confirmed everywhere yet; repeat the call.`;
        throw new KeyholdError('revocation_pending', message, { seq });
      },
    },
    listNodes: {
      handle: async () => ({ status: 200, body: await cluster.listNodes() }),
    },
  };
}
