#!/usr/bin/env node
import { describeOldNode } from './process/node-version.ts';
import { systemErrorCode } from './process/system-error.ts';

const tooOld = describeOldNode(process.versions.node);
if (tooOld !== null) {
  process.stderr.write(tooOld);
  process.exit(1);
}

// After the check: what is loaded here needs what an old Node does not have.
const { runCommand } = await import('./commands/run-command.ts');

// Whoever reads the output may stop reading it, as `head` does; that is no failure, and no reason for a server to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  workingDirectory: process.cwd(),
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});

function ignoreBrokenPipe(error: Error): void {
  if (systemErrorCode(error) !== 'EPIPE') throw error;
}
