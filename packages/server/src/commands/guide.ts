import { compileKeyspace, KeyholdError } from '@keyhold/core';
import { Command } from 'commander';
import { suggest } from '../config/did-you-mean.ts';
import { toGatewayAddress } from '../guide/gateway-address.ts';
import { createGuide } from '../guide/guide.ts';
import { renderMarkdown } from '../guide/markdown.ts';
import type { CommandIo } from './command-io.ts';
import { readServerSettings, type SettingFlags, withSettingFlags } from './serve-settings.ts';

export function createGuideCommand(io: CommandIo): Command {
  return withSettingFlags(new Command('guide'), ['gateway_port'])
    .argument('<keyspace>', 'the keyspace')
    .description("print a keyspace's guide for its customers as Markdown")
    .option('--json', 'print JSON')
    .action(async (id: string, { json, ...flags }: SettingFlags & { readonly json?: string }) => {
      const { configuration, settings } = await readServerSettings(io, flags);
      const { keyspaces, guides, gateways } = configuration;
      const definition = keyspaces.find((keyspace) => keyspace.id === id);
      const guide = guides.find(({ keyspace }) => keyspace === id);
      if (definition === undefined || guide === undefined) {
        const known = keyspaces.map((keyspace) => keyspace.id);
        throw new KeyholdError(
          'configuration_invalid',
          `The configuration has no keyspace "${id}"${suggest(id, known) || `; it has ${known.join(', ')}`}`,
        );
      }
      const gateway = gateways.find(({ keyspace }) => keyspace === id);
      const address = gateway === undefined ? null : toGatewayAddress(gateway, settings.gatewayPort);
      const markdown = renderMarkdown(
        createGuide({ guide, keyspace: compileKeyspace(definition, []), address }),
      );
      io.print(json === undefined ? markdown : `${JSON.stringify({ keyspace: id, markdown })}\n`);
    });
}
