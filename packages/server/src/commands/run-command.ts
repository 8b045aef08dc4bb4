import { isKeyholdError } from '@keyhold/core';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { ApiProblem, ServerUnreachable } from './api-client.ts';
import { createAuditCommand } from './audit.ts';
import type { CommandIo } from './command-io.ts';
import { createConfigCommand } from './config.ts';
import { createDatabaseCommand } from './database.ts';
import { CommandFailed, EXIT_CODES } from './exit-code.ts';
import { createGuideCommand } from './guide.ts';
import { createKeysCommand } from './keys.ts';
import { createNodesCommand } from './nodes.ts';
import { createOpenApiCommand } from './openapi.ts';
import { createOperatorsCommand } from './operators.ts';
import { createOrganizationsCommand } from './organizations.ts';
import { createPeopleCommand } from './people.ts';
import { createServeCommand } from './serve.ts';

const EXIT_CODE_HELP = `
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the server does not answer.
Commands that speak to a server read the operator token from KEYHOLD_OPERATOR_TOKEN or the file that
KEYHOLD_OPERATOR_TOKEN_FILE names.`;

/**
 * Runs one command line.
 *
 * @param args without the names of Node and the script.
 * @returns the exit code. `serve` returns once it is ready, and the server goes on.
 */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const json = args.includes('--json');
  try {
    await createProgram(io, json).parseAsync(args, { from: 'user' });
    return EXIT_CODES.done;
  } catch (error) {
    return report(error, json, io);
  }
}

function createProgram(io: CommandIo, json: boolean): Command {
  const program = new Command('keyhold').description('API keys for any HTTP API').version(VERSION);
  const commands = [
    createServeCommand(io),
    createKeysCommand(io),
    createOrganizationsCommand(io),
    createOperatorsCommand(io),
    createPeopleCommand(io),
    createAuditCommand(io),
    createNodesCommand(io),
    createDatabaseCommand(io),
    createConfigCommand(io),
    createGuideCommand(io),
    createOpenApiCommand(io),
  ];
  for (const command of commands) program.addCommand(command);
  program.addHelpText('after', EXIT_CODE_HELP);
  for (const command of [program, ...commands, ...commands.flatMap((parent) => parent.commands)]) {
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => io.print(text),
        // With --json the one object of `report` says it.
        writeErr: (text) => json || io.complain(text),
      })
      .showHelpAfterError('Try --help.');
  }
  return program;
}

/** One line for whoever started the command; with `--json` one object, and what the server refused as it told it. */
function report(error: unknown, json: boolean, io: CommandIo): number {
  const complain = (code: string, detail: string, exitCode: number) => {
    io.complain(
      json ? `${JSON.stringify({ code, detail })}\n` : `${detail.replaceAll(/^/gm, 'keyhold: ')}\n`,
    );
    return exitCode;
  };
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODES.done;
    // Without it commander has complained already.
    if (json) complain('usage', toUsageDetail(error), EXIT_CODES.usage);
    return EXIT_CODES.usage;
  }
  if (error instanceof CommandFailed) return EXIT_CODES.failed;
  if (error instanceof ApiProblem) {
    io.complain(json ? `${JSON.stringify(error.problem)}\n` : `keyhold: ${error.message}\n`);
    return EXIT_CODES.failed;
  }
  if (error instanceof ServerUnreachable) {
    return complain('server_unreachable', error.message, EXIT_CODES.unreachable);
  }
  if (!isKeyholdError(error)) throw error;
  return complain(error.code, error.message, EXIT_CODES.failed);
}

/** Commander's own code for "no command was named" comes without a sentence. */
function toUsageDetail({ code, message }: CommanderError): string {
  return code === 'commander.help'
    ? 'no command is named; try --help'
    : `${message.replace(/^error: /, '')}; try --help`;
}
