import { DATA_PLANE_PROBLEMS, PROBLEMS, type ProblemDescription } from '@keyhold/api';
import { STARTUP_ERROR_CODES, type StartupErrorCode } from '@keyhold/core';
import { GATEWAY_PROBLEMS } from '@keyhold/gateway';

/** What each code that ends a command means, and what to do; the exit status is 1 for all of them. */
const STARTUP_PROBLEMS: {
  readonly [code in StartupErrorCode]: readonly [meaning: string, whatToDo: string];
} = {
  settings_invalid: [
    'A flag or an environment variable is wrong',
    'Correct the one that the line names; `keyhold serve --help` lists them.',
  ],
  configuration_invalid: [
    '`keyhold.yaml` has errors, or removes a keyspace that still has keys',
    'Each line names file, line, column and field; `keyhold config check FILE` tries it without a start. A keyspace with keys leaves in two steps: `retired: true` first.',
  ],
  configuration_older: [
    'The file is a configuration that a newer one has replaced',
    'Start with the newest file; if going back is what you want, start once with `--accept-older-configuration`.',
  ],
  data_directory_locked: [
    'Another Keyhold owns the data directory',
    'Stop it, or give this one a directory of its own with `--data`.',
  ],
  address_in_use: [
    'Something listens on the address already',
    'Stop it, or choose another address with `--host` and `--port`, or `listen` in the file.',
  ],
  node_too_old: [
    'Node is older than 24.15',
    'Use `npm start`, which brings its own, or install a newer Node.',
  ],
  store_newer: [
    'A newer Keyhold has migrated the database',
    'Start that version or a later one; nothing was changed.',
  ],
  store_corrupt: [
    'The database file is damaged or not a database',
    'Keep the file, restore a backup in its place, and start again.',
  ],
  store_not_writable: [
    'The data directory or the database cannot be written',
    'Give the user that runs Keyhold the right to write there.',
  ],
};

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function problemTable(problems: Readonly<Record<string, ProblemDescription>>): string {
  const rows = Object.entries(problems).map(([code, { status, title, whatToDo }]) => [
    `\`${code}\``,
    String(status),
    title,
    whatToDo,
  ]);
  return table(['code', 'status', 'meaning', 'what to do'], rows);
}

/** The text of `docs/errors.md`, made from the tables that the code answers with. */
export function renderErrorsPage(): string {
  const gateway = Object.fromEntries(
    Object.entries(GATEWAY_PROBLEMS).map(([code, { status, title, detail }]) => [
      code,
      { status, title, whatToDo: detail },
    ]),
  );
  const startup = STARTUP_ERROR_CODES.map((code) => [`\`${code}\``, ...STARTUP_PROBLEMS[code]]);
  return `# Errors

Made from the code by \`npm run docs\`; a test keeps it equal.

Errors are problem details (RFC 9457, \`application/problem+json\`) with \`type\`, \`title\`, \`status\`, \`detail\`, \`request_id\` and a stable
\`code\`; \`errors\` points at the fields at fault with JSON Pointers. Test the \`code\`, show the \`detail\`. New codes may appear in a minor
release; none is renamed. A denied key is not an error to \`POST /v1/verify\`: it answers 200 with \`valid: false\` and a reason
([glossary](glossary.md#reasons)).

## Management and verification

${problemTable(PROBLEMS)}

## Denials of a keyspace

What the gateway, forward-auth and self-service answer when a key is not accepted. A keyspace with \`errors\` in its configuration sends those
bodies instead. All causes of a 401 have the same bytes.

${problemTable(DATA_PLANE_PROBLEMS)}

## The gateway

What the gateway answers when a request cannot be forwarded, whatever its key.

${problemTable(gateway)}

## Commands

\`keyhold\` ends with exit status 1 and one line on standard error that begins with the message and names one of these codes.

${table(['code', 'meaning', 'what to do'], startup)}
`;
}
