import { type Command, InvalidArgumentError } from 'commander';
import type { ApiAnswer } from './api-client.ts';
import type { CommandIo } from './command-io.ts';

/** What every command that speaks to a server takes. */
export interface ServerCommandOptions {
  readonly url?: string;
  readonly json?: true;
}

export function withServerOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the server (KEYHOLD_URL); default http://127.0.0.1:8080')
    .option('--json', "print the server's answer as it is");
}

export interface PageOptions extends ServerCommandOptions {
  readonly limit?: string;
  readonly cursor?: string;
}

export function withPageOptions(command: Command): Command {
  return withServerOptions(command)
    .option('--limit <n>', 'rows in one page')
    .option('--cursor <cursor>', 'where the page before ended');
}

/** `a,b` → [a, b]; an empty text is an empty list. */
export function parseList(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((part) => part.trim());
}

export function parseJsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, with what to write.
  }
  throw new InvalidArgumentError('Write a JSON object, for example \'{"ticket":"OPS-7"}\'.');
}

/** Prints the answer itself with `--json`, otherwise what people read. */
export function printAnswer(
  io: CommandIo,
  options: ServerCommandOptions,
  answer: ApiAnswer,
  render: () => string,
): void {
  io.print(options.json === true ? `${answer.text.trimEnd()}\n` : render());
}

/** The line under a page that is not the last. */
export function renderNextPage(nextCursor: string | null): string {
  return nextCursor === null ? '' : `\nThere are more: --cursor ${nextCursor}\n`;
}

/** A value of the API as people read it. */
export function shown(value: string | number | boolean | null | readonly string[]): string {
  if (value === null) return '–';
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.join(', ');
  return String(value);
}
