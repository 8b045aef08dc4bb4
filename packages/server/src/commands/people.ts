import { OPERATIONS } from '@keyhold/api';
import { Command } from 'commander';
import { runControlCommand } from '../process/control-command.ts';
import { toLocalUrl } from '../settings/local-url.ts';
import type { Settings } from '../settings/settings.ts';
import { createApiClient } from './api-client.ts';
import type { CommandIo } from './command-io.ts';
import {
  type PageOptions,
  printAnswer,
  renderNextPage,
  type ServerCommandOptions,
  shown,
  withPageOptions,
  withServerOptions,
} from './options.ts';
import { readServerSettings, type SettingFlags, withSettingFlags } from './serve-settings.ts';
import { renderTable } from './table.ts';

const LINK_SETTINGS = ['data', 'database', 'host', 'port', 'public_url'] as const;

type InviteOptions = ServerCommandOptions & {
  readonly email: string;
  readonly name: string;
  readonly role: string;
};

export function createPeopleCommand(io: CommandIo): Command {
  const people = new Command('people').description('who may use the console');

  withPageOptions(people.command('list').description('list people')).action(
    async ({ url, json, ...query }: PageOptions) => {
      const answer = await createApiClient(io, url).call('listPeople', { query });
      printAnswer(io, { ...(json && { json }) }, answer, () => {
        const { data, next_cursor } = OPERATIONS.listPeople.answers[200].schema.parse(answer.body);
        const rows = data.map((person) => [
          person.id,
          person.name,
          person.email,
          person.role,
          person.state,
          person.totp_enabled ? 'on' : 'off',
          shown(person.last_login_at),
          shown(person.sessions.length),
        ]);
        return (
          renderTable(
            ['ID', 'NAME', 'EMAIL', 'ROLE', 'STATE', 'ONE-TIME CODES', 'LAST LOG-IN', 'SESSIONS'],
            rows,
          ) + renderNextPage(next_cursor)
        );
      });
    },
  );

  withServerOptions(people.command('invite').description('invite somebody and show the link, once'))
    .requiredOption('--email <address>', 'who they log in as')
    .requiredOption('--name <name>', 'as colleagues know them')
    .requiredOption('--role <role>', 'owner, operator or read_only')
    .action(async ({ url, json, ...body }: InviteOptions) => {
      const answer = await createApiClient(io, url).call('invitePerson', { body });
      printAnswer(io, { ...(json && { json }) }, answer, () => {
        const invited = OPERATIONS.invitePerson.answers[201].schema.parse(answer.body);
        return `Invited ${invited.email} (${invited.id}). Hand over this link; it works once, for 72 hours:\n\n${invited.invitation_url}\n`;
      });
    });

  withServerOptions(people.command('disable <id>').description('log somebody out and keep them out')).action(
    async (id: string, options: ServerCommandOptions) => {
      const request = { params: { id }, body: { disabled: true } };
      const answer = await createApiClient(io, options.url).call('patchPerson', request);
      printAnswer(io, options, answer, () => {
        const person = OPERATIONS.patchPerson.answers[200].schema.parse(answer.body);
        return `Disabled ${person.email} (${person.id}).\n`;
      });
    },
  );

  withSettingFlags(people.command('setup-link'), LINK_SETTINGS)
    .description('show a link that makes the first person, on the machine of the server; good for a day')
    .action(async (flags: SettingFlags) => {
      const { settings } = await readServerSettings(io, flags);
      const { path } = await runControlCommand(settings, 'createSetUpLink', {});
      io.print(`${toAddress(settings)}${path}\n`);
    });

  withSettingFlags(people.command('reset <email>'), LINK_SETTINGS)
    .description('show a link that sets a new password for somebody, on the machine of the server')
    .action(async (email: string, flags: SettingFlags) => {
      const { settings } = await readServerSettings(io, flags);
      const { id, role, path } = await runControlCommand(settings, 'resetPerson', { email });
      io.print(
        `# ${id}, ${role}: the link works once, for 72 hours. Following it ends their sessions and their one-time codes.\n${toAddress(settings)}${path}\n`,
      );
    });

  return people;
}

function toAddress(settings: Settings): string {
  return settings.publicUrl?.href.replace(/\/$/, '') ?? toLocalUrl(settings, settings.port);
}
