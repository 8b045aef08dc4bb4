import { type KeyBody, type KeyWithSecretBody, OPERATIONS } from '@keyhold/api';
import { Command } from 'commander';
import { readSecretSetting } from '../settings/secret-setting.ts';
import { createApiClient } from './api-client.ts';
import type { CommandIo } from './command-io.ts';
import {
  type PageOptions,
  parseJsonObject,
  parseList,
  printAnswer,
  renderNextPage,
  type ServerCommandOptions,
  shown,
  withPageOptions,
  withServerOptions,
} from './options.ts';
import { renderFields, renderTable } from './table.ts';

interface IssueOptions extends ServerCommandOptions {
  readonly keyspace: string;
  readonly organization: string;
  readonly name: string;
  readonly environment?: string;
  readonly scopes?: readonly string[];
  readonly expiresAt?: string;
  readonly allowedCidrs?: readonly string[];
  readonly metadata?: object;
}

interface HandOverOptions {
  readonly claimLink?: true;
  readonly claimExpiresIn?: string;
}

interface RecycleOptions extends ServerCommandOptions, HandOverOptions {
  readonly grace?: string;
}

interface ListOptions extends PageOptions {
  readonly keyspace?: string;
  readonly organization?: string;
  readonly state?: string;
  readonly search?: string;
  readonly safety?: string;
  readonly sort?: string;
}

export function createKeysCommand(io: CommandIo): Command {
  const keys = new Command('keys').description('issue, list, recycle, revoke, disable and enable keys');

  withHandOver(withServerOptions(keys.command('issue').description('issue a key and show it, once')))
    .requiredOption('--keyspace <id>', 'the keyspace')
    .requiredOption('--organization <id>', 'the organization that owns it')
    .requiredOption('--name <name>', 'a label for people')
    .option('--environment <name>', 'needed where the keyspace has several')
    .option('--scopes <list>', 'comma-separated; needed where the keyspace has scopes', parseList)
    .option('--expires-at <time>', 'RFC 3339, for example 2027-05-02T10:00:00Z')
    .option('--allowed-cidrs <list>', 'comma-separated address ranges it may be used from', parseList)
    .option('--metadata <json>', 'a JSON object to keep with it', parseJsonObject)
    .action(async (options: IssueOptions & HandOverOptions) => {
      const { url, json, expiresAt, allowedCidrs, claimLink: _, claimExpiresIn: __, ...fields } = options;
      const body = {
        ...fields,
        expires_at: expiresAt,
        allowed_cidrs: allowedCidrs,
        ...toHandOver(io, options),
      };
      const answer = await createApiClient(io, url).call('issueKey', { body });
      printAnswer(io, { ...(json && { json }) }, answer, () =>
        renderSecret('Issued', OPERATIONS.issueKey.answers[201].schema.parse(answer.body)),
      );
    });

  withPageOptions(keys.command('list').description('list keys, newest first unless told otherwise'))
    .option('--keyspace <id>', 'only of this keyspace')
    .option('--organization <id>', 'only of this organization')
    .option('--state <state>', 'active, disabled, expired or revoked')
    .option('--search <text>', 'the beginning of the name, the id, #number, or what is shown of the key')
    .option('--safety <risk>', 'never_expires, idle_90_days, never_used or expiring_soon')
    .option('--sort <order>', 'created, last_used, expires or name; with "-" before it the other way round')
    .action(async ({ url, json, ...query }: ListOptions) => {
      const answer = await createApiClient(io, url).call('listKeys', { query });
      printAnswer(io, { ...(json && { json }) }, answer, () => {
        const { data, next_cursor } = OPERATIONS.listKeys.answers[200].schema.parse(answer.body);
        return renderKeys(data) + renderNextPage(next_cursor);
      });
    });

  withHandOver(
    withServerOptions(
      keys
        .command('recycle <id>')
        .description('give a key a new secret and show it, once; the old one stops'),
    ),
  )
    .option(
      '--grace <duration>',
      'how long the old secret goes on, up to what the keyspace allows: 15m, PT1H',
    )
    .action(async (id: string, options: RecycleOptions) => {
      const body = { grace: options.grace, ...toHandOver(io, options) };
      const answer = await createApiClient(io, options.url).call('recycleKey', { params: { id }, body });
      printAnswer(io, options, answer, () =>
        renderSecret('Recycled', OPERATIONS.recycleKey.answers[200].schema.parse(answer.body)),
      );
    });

  withServerOptions(
    keys.command('revoke <id>').description('end a key for good, everywhere, before this returns'),
  )
    .option('--reason <text>', 'for the audit log')
    .action(async (id: string, options: ServerCommandOptions & { readonly reason?: string }) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      const answer = await createApiClient(io, options.url).call('revokeKey', { params: { id }, body });
      printAnswer(io, options, answer, () => {
        const key = OPERATIONS.revokeKey.answers[200].schema.parse(answer.body);
        return `Revoked ${key.id} (${key.masked_key}) at ${shown(key.revoked_at)}. No process accepts it any more.\n`;
      });
    });

  const switches = [
    ['disable', 'disableKey', 'Disabled', 'refuse a key until it is enabled again'],
    ['enable', 'enableKey', 'Enabled', 'let a disabled key go on, one that a restore denies included'],
  ] as const;
  for (const [verb, operation, done, description] of switches) {
    withServerOptions(keys.command(`${verb} <id>`).description(description)).action(
      async (id: string, options: ServerCommandOptions) => {
        const answer = await createApiClient(io, options.url).call(operation, { params: { id } });
        printAnswer(io, options, answer, () => {
          const key = OPERATIONS[operation].answers[200].schema.parse(answer.body);
          return `${done} ${key.id} (${key.masked_key}).\n`;
        });
      },
    );
  }

  return keys;
}

/** The secret may go to somebody else by a link, instead of to whoever runs the command. */
function withHandOver(command: Command): Command {
  return command
    .option('--claim-link', 'show a link that hands the key over once, instead of the key')
    .option(
      '--claim-expires-in <duration>',
      'how long the link is good: 12h, 3d; a passphrase for it is read from KEYHOLD_CLAIM_PASSPHRASE',
    );
}

function toHandOver(io: CommandIo, { claimLink, claimExpiresIn }: HandOverOptions): object {
  if (claimLink !== true) return {};
  const passphrase = readSecretSetting('KEYHOLD_CLAIM_PASSPHRASE', io.environment) ?? undefined;
  return { deliver: 'claim_link', claim_link: { expires_in: claimExpiresIn, passphrase } };
}

function renderSecret(done: string, key: KeyWithSecretBody): string {
  const fields = renderFields([
    ['id', key.id],
    ['number', shown(key.number)],
    ['name', key.name],
    ['keyspace', key.keyspace],
    ['organization', key.organization],
    ['environment', shown(key.environment)],
    ['scopes', shown(key.scopes)],
    ['expires', shown(key.expires_at)],
  ]);
  const pending = key.pending === true ? '\nIt is stored, and not confirmed in every process yet.\n' : '';
  if (key.claim_url !== undefined) {
    return `${done}. Send this link to whoever is to have the key. It works once, until ${shown(key.claim_until)}, and is not shown again:\n\n${key.claim_url}\n\n${fields}${pending}`;
  }
  return `${done}. This is the only time that the key is shown:\n\n${shown(key.key)}\n\n${fields}${pending}`;
}

function renderKeys(keys: readonly KeyBody[]): string {
  return renderTable(
    ['ID', 'KEYSPACE', 'ORGANIZATION', 'NAME', 'KEY', 'STATE', 'SCOPES', 'EXPIRES', 'LAST USED'],
    keys.map((key) => [
      key.id,
      key.keyspace,
      key.organization,
      key.name,
      key.masked_key,
      key.state,
      shown(key.scopes),
      shown(key.expires_at),
      shown(key.last_used_at),
    ]),
  );
}
