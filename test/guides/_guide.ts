import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { runCommand } from '../../packages/server/src/commands/run-command.ts';

/** What `keyhold guide` prints with this configuration file. */
export async function printGuide(keyspace: string, configFile: string): Promise<string> {
  let printed = '';
  const exitCode = await runCommand(['guide', keyspace, '--config', configFile], {
    environment: {},
    workingDirectory: '/',
    print: (text) => {
      printed += text;
    },
    complain: (text) => {
      throw new Error(text);
    },
  });
  expect(exitCode).toBe(0);
  return printed;
}

export function exampleConfiguration(system: string): string {
  return fileURLToPath(new URL(`../../examples/${system}/keyhold.yaml`, import.meta.url));
}

/** The code blocks of a guide's page, as a reader copies them, each with the label above it. */
export function codeBlocks(page: string): readonly { readonly label: string; readonly text: string }[] {
  const blocks = page.matchAll(
    /(?:<figcaption>([^<]*)<\/figcaption>)?<pre tabindex="0"><code>([^<]*)<\/code><\/pre>/g,
  );
  return [...blocks].map(([, label = '', text = '']) => ({ label: unescaped(label), text: unescaped(text) }));
}

function unescaped(html: string): string {
  const characters = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return html.replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name: keyof typeof characters) => characters[name]);
}
