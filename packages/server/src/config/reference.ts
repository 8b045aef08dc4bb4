import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { FILE } from './configuration.ts';
import { FIELDS_NOT_BUILT } from './fields-not-built.ts';
import { GATEWAY, PAGE, SELF_SERVICE, TIMEOUTS, TLS } from './gateway-fields.ts';
import { CREDENTIAL, ERRORS, GUIDE, KEY, KEYSPACE, LIMITS, RECYCLE } from './keyspace-fields.ts';
import { OIDC } from './oidc-section.ts';
import type { Section } from './section.ts';
import { SETTINGS, toFlag, toVariable } from './settings-section.ts';

/** Where the reference is committed, and what makes it: `node packages/server/src/config/reference.ts`. */
export const REFERENCE_FILE = new URL('../../../../docs/configuration.md', import.meta.url);

const SECTIONS: readonly Section<z.ZodRawShape>[] = [
  FILE,
  KEYSPACE,
  KEY,
  CREDENTIAL,
  RECYCLE,
  LIMITS,
  ERRORS,
  GATEWAY,
  SELF_SERVICE,
  PAGE,
  TLS,
  TIMEOUTS,
  GUIDE,
  OIDC,
];

const INTRODUCTION = `# Configuration

<!-- Made from the schema by packages/server/src/config/reference.ts; a test keeps the two equal. Change the schema. -->

One file, \`keyhold.yaml\`, read from the working directory or from \`--config FILE\` (\`KEYHOLD_CONFIG\`). YAML 1.2, UTF-8, at
most 256 kB, without aliases and tags. \`keyhold config check FILE\` names every problem at once, with line, column and
field, and exits with 1 if there is one. A field that is not on this page is refused.

Without a file there is one keyspace, \`default\`: \`kh_{environment}_{random:base62:43}{checksum}\`, environments \`live\` and
\`test\`, no scopes.

The keyspaces are state: at start they are compared with the store, and a difference is one audited change that reaches
every process. A file that is older than what the store has is refused unless \`keyhold serve\` is told
\`--accept-older-configuration\`. A keyspace that has keys cannot be removed, only \`retired\`.

**Durations** are written \`30s\`, \`15m\`, \`12h\`, \`90d\`, \`2w\`, or in ISO 8601 (\`P90D\`, \`PT1H30M\`). **Operations** are a method and a
path, \`GET /api/messages/{id}\`; \`{name}\` stands for one whole segment. **Address ranges** are CIDRs: \`10.0.0.0/8\`,
\`2001:db8::/32\`.
`;

const SETTINGS_INTRODUCTION = `## Settings

How one process runs. Each can be given as a flag of \`keyhold serve\`, as a variable, or in the section \`settings\` of the
file, and the first of these that is given holds. Relative paths start at the working directory, in the file at the file.
`;

const ENVIRONMENT = `## Secrets and the client

| variable | meaning |
| --- | --- |
| \`KEYHOLD_OPERATOR_TOKEN\`, \`KEYHOLD_OPERATOR_TOKEN_FILE\` | The operator token that the commands use. For \`keyhold serve\` on a new store it becomes the first operator token, and nothing is printed; on any other store it changes nothing. |
| \`KEYHOLD_CLAIM_PASSPHRASE\`, \`KEYHOLD_CLAIM_PASSPHRASE_FILE\` | The passphrase that \`keyhold keys issue --claim-link\` and \`keyhold keys recycle --claim-link\` ask of whoever follows the link. |
| \`KEYHOLD_OIDC_CLIENT_SECRET\`, \`KEYHOLD_OIDC_CLIENT_SECRET_FILE\` | What proves to the OpenID provider of \`settings.oidc\` that it is Keyhold who asks. |
| \`KEYHOLD_URL\` | The server that the commands speak to; default \`http://127.0.0.1:8080\`. Also \`--url\`. |

Secrets are never flags: every user of a machine can read those.
`;

/** The whole page. */
export function renderReference(): string {
  return [INTRODUCTION, ...SECTIONS.map(renderSection), renderSettings(), ENVIRONMENT, renderNotBuilt()].join(
    '\n',
  );
}

function renderSection(section: Section<z.ZodRawShape>): string {
  const rows = Object.entries(section.fields.shape).map(([name, schema]) => {
    const { type, default: byDefault, description } = readMeta(schema);
    return [`\`${name}\``, type, byDefault, description];
  });
  const below = Object.entries(section.sections).map(([name, description]) => [
    `\`${name}\``,
    'section',
    '',
    description,
  ]);
  return `## \`${section.title}\`\n\n${section.description}\n\n${renderTable(['field', 'type', 'default', 'meaning'], [...rows, ...below])}`;
}

function renderSettings(): string {
  const rows = Object.entries(SETTINGS.fields.shape).map(([name, schema]) => {
    const { type, default: byDefault, description } = readMeta(schema);
    return [`\`${name}\``, `\`${toFlag(name)}\``, `\`${toVariable(name)}\``, type, byDefault, description];
  });
  return `${SETTINGS_INTRODUCTION}\n${renderTable(['setting', 'flag', 'variable', 'type', 'default', 'meaning'], rows)}`;
}

function renderNotBuilt(): string {
  const rows = FIELDS_NOT_BUILT.map(({ section, name, what }) => [`\`${section}\``, `\`${name}\``, what]);
  return `## Not built yet\n\nRefused, never half there.\n\n${renderTable(['section', 'name', 'for'], rows)}`;
}

function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

function readMeta(schema: unknown): { type: string; default: string; description: string } {
  const meta = schema instanceof z.ZodType ? schema.meta() : undefined;
  const { type, default: byDefault = 'needed', description } = meta ?? {};
  if (typeof type !== 'string' || typeof byDefault !== 'string' || description === undefined) {
    throw new TypeError('A field of the configuration has no type or description; give it both with meta().');
  }
  return { type, default: byDefault, description };
}

if (import.meta.main) writeFileSync(REFERENCE_FILE, renderReference());
