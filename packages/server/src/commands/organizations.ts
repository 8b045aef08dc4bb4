import { OPERATIONS, type OrganizationBody } from '@keyhold/api';
import { Command, Option } from 'commander';
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
import { renderFields, renderTable } from './table.ts';

interface FieldOptions extends ServerCommandOptions {
  readonly name?: string;
  readonly features?: readonly string[];
  readonly tags?: readonly string[];
}

export function createOrganizationsCommand(io: CommandIo): Command {
  const organizations = new Command('organizations').description(
    'create, list and update organizations, and revoke all their keys',
  );

  withFields(
    withServerOptions(
      organizations.command('create [id]').description('create an organization; without an id one is made'),
    ),
  )
    .requiredOption('--name <name>', 'for people')
    .action(async (id: string | undefined, { url, json, ...fields }: FieldOptions) => {
      const answer = await createApiClient(io, url).call('createOrganization', { body: { id, ...fields } });
      printAnswer(io, { ...(json && { json }) }, answer, () =>
        renderOrganization(OPERATIONS.createOrganization.answers[201].schema.parse(answer.body)),
      );
    });

  withPageOptions(organizations.command('list').description('list organizations')).action(
    async ({ url, json, ...query }: PageOptions) => {
      const answer = await createApiClient(io, url).call('listOrganizations', { query });
      printAnswer(io, { ...(json && { json }) }, answer, () => {
        const { data, next_cursor } = OPERATIONS.listOrganizations.answers[200].schema.parse(answer.body);
        const rows = data.map(({ id, name, features, tags, suspended }) => [
          id,
          name,
          suspended ? 'suspended' : 'active',
          shown(features),
          shown(tags),
        ]);
        return renderTable(['ID', 'NAME', 'STATE', 'FEATURES', 'TAGS'], rows) + renderNextPage(next_cursor);
      });
    },
  );

  withFields(
    withServerOptions(
      organizations.command('update <id>').description('change an organization; what is left out stays'),
    ),
  )
    .option('--name <name>', 'for people')
    .addOption(
      new Option('--suspended <yes-or-no>', 'deny all its keys, or accept them again').choices(['yes', 'no']),
    )
    .action(
      async (
        id: string,
        { url, json, suspended, ...fields }: FieldOptions & { readonly suspended?: 'yes' | 'no' },
      ) => {
        const body = { ...fields, ...(suspended === undefined ? {} : { suspended: suspended === 'yes' }) };
        const answer = await createApiClient(io, url).call('patchOrganization', { params: { id }, body });
        printAnswer(io, { ...(json && { json }) }, answer, () =>
          renderOrganization(OPERATIONS.patchOrganization.answers[200].schema.parse(answer.body)),
        );
      },
    );

  withServerOptions(
    organizations
      .command('revoke-keys <id>')
      .description('end all keys of an organization for good, everywhere, before this returns'),
  )
    .option('--keyspace <id>', 'only those of this keyspace')
    .option('--reason <text>', 'for the audit log')
    .action(
      async (
        id: string,
        {
          url,
          json,
          ...body
        }: ServerCommandOptions & { readonly keyspace?: string; readonly reason?: string },
      ) => {
        const answer = await createApiClient(io, url).call('revokeOrganizationKeys', {
          params: { id },
          body,
        });
        printAnswer(io, { ...(json && { json }) }, answer, () => {
          const { revoked_count: count } = OPERATIONS.revokeOrganizationKeys.answers[200].schema.parse(
            answer.body,
          );
          return `Revoked ${count} ${count === 1 ? 'key' : 'keys'} of ${id}. No process accepts them any more.\n`;
        });
      },
    );

  return organizations;
}

function withFields(command: Command): Command {
  return command
    .option('--features <list>', 'comma-separated, the whole list; "" for none', parseList)
    .option('--tags <list>', 'comma-separated, the whole list; "" for none', parseList);
}

function renderOrganization(organization: OrganizationBody): string {
  return renderFields([
    ['id', organization.id],
    ['name', organization.name],
    ['features', shown(organization.features)],
    ['tags', shown(organization.tags)],
    ['suspended', organization.suspended ? 'yes' : 'no'],
  ]);
}
