import { Command } from 'commander';
import { createApiClient } from './api-client.ts';
import type { CommandIo } from './command-io.ts';

interface ExportOptions {
  readonly url?: string;
  readonly format?: string;
  readonly from?: string;
  readonly to?: string;
  readonly keyspace?: string;
  readonly organization?: string;
  readonly subject?: string;
  readonly actor?: string;
  readonly action?: string;
}

export function createAuditCommand(io: CommandIo): Command {
  const audit = new Command('audit').description('the audit log');

  audit
    .command('export')
    .description('print every audit event that matches, newest first')
    .option('--url <url>', 'the server (KEYHOLD_URL); default http://127.0.0.1:8080')
    .option('--format <format>', 'jsonl or csv; default jsonl')
    .option('--from <time>', 'from this moment on, RFC 3339')
    .option('--to <time>', 'before this moment, RFC 3339')
    .option('--keyspace <id>', 'only of this keyspace')
    .option('--organization <id>', 'only of this organization')
    .option('--subject <id>', 'only about this key, organization or operator')
    .option('--actor <id>', 'only by this operator, key or person')
    .option('--action <action>', 'only this action, for example key.revoke')
    .action(async ({ url, ...query }: ExportOptions) => {
      for await (const piece of createApiClient(io, url).stream('exportAuditEvents', { query })) {
        io.print(piece);
      }
    });

  return audit;
}
