import { isKeyholdError } from '@keyhold/core';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { ApiProblem, ServerUnreachable } from './api-client.ts';
import type { CommandIo } from './command-io.ts';
import { createConfigCommand } from './config.ts';
import { createDatabaseCommand } from './database.ts';
import { CommandFailed, EXIT_CODES } from './exit-code.ts';
import { createKeysCommand } from './keys.ts';
import { createOpenApiCommand } from './openapi.ts';
import { createOperatorsCommand } from './operators.ts';
import { createOrganizationsCommand } from './organizations.ts';
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
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return EXIT_CODES.done;
  } catch (error) {
    return report(error, args.includes('--json'), io);
  }
}

function createProgram(io: CommandIo): Command {
  const program = new Command('keyhold').description('API keys for any HTTP API').version(VERSION);
  const commands = [
    createServeCommand(io),
    createKeysCommand(io),
    createOrganizationsCommand(io),
    createOperatorsCommand(io),
    createDatabaseCommand(io),
    createConfigCommand(io),
    createOpenApiCommand(io),
  ];
  for (const command of commands) program.addCommand(command);
  program.addHelpText('after', EXIT_CODE_HELP);
  for (const command of [program, ...commands, ...commands.flatMap((parent) => parent.commands)]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => io.print(text), writeErr: (text) => io.complain(text) })
      .showHelpAfterError('Try --help.');
  }
  return program;
}

/** One line for whoever started the command; with `--json`, the problem as the server told it. */
function report(error: unknown, json: boolean, io: CommandIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  if (error instanceof CommandFailed) return EXIT_CODES.failed;
  if (error instanceof ApiProblem) {
    io.complain(json ? `${JSON.stringify(error.problem)}\n` : `keyhold: ${error.message}\n`);
    return EXIT_CODES.failed;
  }
  if (error instanceof ServerUnreachable) {
    io.complain(`keyhold: ${error.message}\n`);
    return EXIT_CODES.unreachable;
  }
  if (!isKeyholdError(error)) throw error;
  io.complain(
    `${error.message
      .split('\n')
      .map((line) => `keyhold: ${line}`)
      .join('\n')}\n`,
  );
  return EXIT_CODES.failed;
}
