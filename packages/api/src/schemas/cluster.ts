import { z } from 'zod';
import { seq } from './fields.ts';

export const barrierParams = z.object({
  seq: z.string().meta({ description: 'The "seq" of the change.', examples: ['42'] }),
});

export const barrier = z.object({ seq }).meta({ description: 'A change that holds in every process.' });

const worker = z.object({
  pid: z.int(),
  connected: z.boolean(),
  acked_seq: z.int().meta({ description: 'The last change it has confirmed.' }),
  grant_ms: z.int().meta({ description: 'How long it may still answer for if nothing more is granted.' }),
});

const node = z.object({
  node: z.string().meta({ description: 'Its name.', examples: ['keyhold-1'] }),
  incarnation: z.string().meta({
    description:
      'Another one after each start and each lost lease; empty for a server with an embedded database.',
  }),
  self: z.boolean().meta({ description: 'The node that answers this call.' }),
  alive: z.boolean().meta({
    description:
      'It has renewed its lease within the time that the lease lasts. One that has not is waited for, once.',
  }),
  renewed_ms_ago: z.union([z.int(), z.null()]).meta({
    description:
      'When the answering node last saw it renew, at the least; null for a server with an embedded database.',
  }),
  acked_seq: z.int().meta({ description: 'The last change that it and its workers have confirmed.' }),
  round: z.int().meta({ description: 'Renewals of this incarnation.' }),
  protocol_version: z.int(),
  lease_ms: z.union([z.int(), z.null()]).meta({
    description: 'How long it may still answer for; null where that is not known or not limited.',
  }),
  trouble: z
    .union([z.string(), z.null()])
    .meta({ description: 'Why it does not answer; null while it does.' }),
  workers: z
    .union([z.array(worker), z.null()])
    .meta({ description: 'Its worker processes; null of another node. Empty: it is a single process.' }),
});

export const nodeList = z.object({
  seq: z.int().meta({ description: 'The newest change that the answering node knows of.', examples: [42] }),
  data: z.array(node),
});

export type NodeListBody = z.output<typeof nodeList>;
