import type { KeysPageSession } from '@keyhold/api/keys-page';

type Example = KeysPageSession['example'];

/** The line for a `.env` file. */
export function toEnvLine({ variable }: Example, key: string): string {
  return `${variable}=${key}`;
}

/** A call that works as it is pasted; null where nobody knows the API's address. */
export function toCurl({ address, method, path, body, header, scheme }: Example, key: string): string | null {
  if (address === null) return null;
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${toShellWord(address + path)}`,
    `-H ${toShellWord(`${header}: ${scheme === null ? '' : `${scheme} `}${key}`)}`,
  ];
  if (body !== null) {
    lines.push("-H 'Content-Type: application/json'", `-d ${toShellWord(JSON.stringify(body))}`);
  }
  return lines.join(' \\\n  ');
}

function toShellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
