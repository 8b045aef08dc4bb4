import { createOpenApiDocument } from '@keyhold/api';
import { Command } from 'commander';
import { VERSION } from '../version.ts';
import type { CommandIo } from './command-io.ts';

export function createOpenApiCommand(io: CommandIo): Command {
  return new Command('openapi')
    .description('print the OpenAPI 3.1 document of this version')
    .option('--json', 'print JSON, which it does anyway')
    .action(() =>
      io.print(`${JSON.stringify(createOpenApiDocument({ version: VERSION, publicUrl: null }), null, 2)}\n`),
    );
}
