import { OPERATIONS, type OperatorBody } from '@keyhold/api';
import { Command } from 'commander';
import { runControlCommand } from '../process/control-command.ts';
import { createApiClient } from './api-client.ts';
import type { CommandIo } from './command-io.ts';
import {
  type PageOptions,
  parseList,
  printAnswer,
  renderNextPage,
  type ServerCommandOptions,
  shown,
  withPageOptions,
  withServerOptions,
} from './options.ts';
import { readServerSettings, type SettingFlags, withSettingFlags } from './serve-settings.ts';
import { renderFields, renderTable } from './table.ts';

interface CreateOptions extends ServerCommandOptions {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly keyspaces?: readonly string[];
  readonly expiresAt?: string;
}

const RESET_SETTINGS = ['data', 'database'] as const;

export function createOperatorsCommand(io: CommandIo): Command {
  const operators = new Command('operators').description('create, list, revoke and reset operator tokens');

  withServerOptions(operators.command('create').description('make an operator token and show it, once'))
    .requiredOption('--name <name>', 'who or what it is for')
    .requiredOption('--scopes <list>', 'comma-separated: verify, keys:read, keys:write …', parseList)
    .option('--keyspaces <list>', 'comma-separated; without it every keyspace', parseList)
    .option('--expires-at <time>', 'RFC 3339, for example 2027-05-02T10:00:00Z')
    .action(async ({ url, json, expiresAt, ...fields }: CreateOptions) => {
      const answer = await createApiClient(io, url).call('createOperator', {
        body: { ...fields, expires_at: expiresAt },
      });
      printAnswer(io, { ...(json && { json }) }, answer, () => {
        const operator = OPERATIONS.createOperator.answers[201].schema.parse(answer.body);
        const fields = renderFields([
          ['id', operator.id],
          ['name', operator.name],
          ['scopes', shown(operator.scopes)],
          ['keyspaces', operator.keyspaces === null ? 'all' : shown(operator.keyspaces)],
          ['expires', shown(operator.expires_at)],
        ]);
        return `Created. This is the only time that the token is shown:\n\n${shown(operator.token)}\n\n${fields}`;
      });
    });

  withPageOptions(operators.command('list').description('list operator tokens')).action(
    async ({ url, json, ...query }: PageOptions) => {
      const answer = await createApiClient(io, url).call('listOperators', { query });
      printAnswer(io, { ...(json && { json }) }, answer, () => {
        const { data, next_cursor } = OPERATIONS.listOperators.answers[200].schema.parse(answer.body);
        const rows = data.map((operator) => [
          operator.id,
          operator.name,
          operator.masked_token,
          toState(operator),
          shown(operator.scopes),
          operator.keyspaces === null ? 'all' : shown(operator.keyspaces),
          shown(operator.last_used_at),
        ]);
        return (
          renderTable(['ID', 'NAME', 'TOKEN', 'STATE', 'SCOPES', 'KEYSPACES', 'LAST USED'], rows) +
          renderNextPage(next_cursor)
        );
      });
    },
  );

  withServerOptions(operators.command('revoke <id>').description('end an operator token for good')).action(
    async (id: string, options: ServerCommandOptions) => {
      const answer = await createApiClient(io, options.url).call('revokeOperator', { params: { id } });
      printAnswer(io, options, answer, () => {
        const operator = OPERATIONS.revokeOperator.answers[200].schema.parse(answer.body);
        return `Revoked ${operator.id} (${operator.name}) at ${shown(operator.revoked_at)}.\n`;
      });
    },
  );

  withSettingFlags(operators.command('reset'), RESET_SETTINGS)
    .description('make a token with every scope, on the machine of the server; also while none runs')
    .option('--name <name>', 'who it is for', 'reset')
    .option('--json', 'print JSON')
    .action(
      async ({ name, json, ...flags }: SettingFlags & { readonly name: string; readonly json?: true }) => {
        const { settings } = await readServerSettings(io, flags);
        const { id, token } = await runControlCommand(settings, 'resetOperator', { name });
        io.print(
          json === true
            ? `${JSON.stringify({ id, token })}\n`
            : `# ${id}, with every scope. Revoke the lost ones with: keyhold operators list, keyhold operators revoke ID\nexport KEYHOLD_OPERATOR_TOKEN=${token}\n`,
        );
      },
    );

  return operators;
}

function toState({ revoked_at, disabled_at }: OperatorBody): string {
  if (revoked_at !== null) return 'revoked';
  return disabled_at === null ? 'active' : 'disabled';
}
