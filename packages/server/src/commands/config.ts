import { Command } from 'commander';
import { readConfiguration, readConfigurationText } from '../config/configuration.ts';
import { formatProblem } from '../config/problem.ts';
import type { CommandIo } from './command-io.ts';
import { CommandFailed } from './exit-code.ts';

export function createConfigCommand(io: CommandIo): Command {
  const config = new Command('config').description('work with configuration files');
  config
    .command('check <file>')
    .description('name everything that is wrong with a file; exits with 1 if anything is')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: { readonly json?: true }) => {
      const result = readConfiguration(file, await readConfigurationText(file));
      const problems = result.ok ? [] : result.problems;
      if (json === true) io.print(`${JSON.stringify({ ok: result.ok, problems })}\n`);
      else if (result.ok)
        io.print(`${file} is right: ${result.configuration.keyspaces.map(({ id }) => id).join(', ')}\n`);
      else io.complain(`${problems.map(formatProblem).join('\n')}\n`);
      if (!result.ok) throw new CommandFailed();
    });
  return config;
}
