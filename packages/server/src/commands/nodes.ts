import { type NodeListBody, OPERATIONS } from '@keyhold/api';
import { Command } from 'commander';
import { createApiClient } from './api-client.ts';
import type { CommandIo } from './command-io.ts';
import { printAnswer, type ServerCommandOptions, withServerOptions } from './options.ts';
import { renderTable } from './table.ts';

type Node = NodeListBody['data'][number];

export function createNodesCommand(io: CommandIo): Command {
  return withServerOptions(new Command('nodes'))
    .description('list the nodes and workers that answer from the store: who is alive, and at which change')
    .action(async (options: ServerCommandOptions) => {
      const answer = await createApiClient(io, options.url).call('listNodes', {});
      printAnswer(io, options, answer, () => {
        const { seq, data } = OPERATIONS.listNodes.answers[200].schema.parse(answer.body);
        const header = ['NODE', 'STATE', 'CHANGE', 'BEHIND', 'LEASE', 'ROUND', 'VERSION', 'INCARNATION'];
        return renderTable(
          header,
          data.flatMap((node) => toRows(node, seq)),
        );
      });
    });
}

function toRows(node: Node, seq: number): readonly (readonly string[])[] {
  const behind = (ackedSeq: number) => String(Math.max(0, seq - ackedSeq));
  return [
    [
      node.self ? `${node.node} *` : node.node,
      toState(node),
      String(node.acked_seq),
      behind(node.acked_seq),
      node.lease_ms === null ? '–' : `${node.lease_ms} ms`,
      String(node.round),
      String(node.protocol_version),
      node.incarnation === '' ? '–' : node.incarnation,
    ],
    ...(node.workers ?? []).map((worker) => [
      `  worker ${worker.pid}`,
      worker.connected ? 'alive' : 'gone',
      String(worker.acked_seq),
      behind(worker.acked_seq),
      `${worker.grant_ms} ms`,
      '',
      '',
      '',
    ]),
  ];
}

function toState({ self, alive, trouble, renewed_ms_ago: agoMs }: Node): string {
  if (alive) return 'alive';
  return self ? `does not answer: ${trouble ?? 'no lease'}` : `silent for ${agoMs ?? 0} ms`;
}
