/** One thing to try: a command for the shell, and what has to come back. */
export interface Step {
  /** The row of docs/three-systems.md that it shows. */
  readonly row: string;
  /** What it shows, in one sentence. */
  readonly shows: string;
  /** One or more lines of shell. */
  readonly command: string;
  /** One for each curl in it: the status, then the body, in which `…` stands for anything. */
  readonly expect: readonly string[];
}

export interface Section {
  readonly title: string;
  readonly notes: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * A section as text that a shell takes as it stands: everything but the commands is a comment. Below each command stands
 * what to expect, as `# → STATUS BODY`.
 */
export function printSection({ title, notes, steps }: Section): string {
  const lines = [
    `# ━━ ${title} ${'━'.repeat(Math.max(0, 100 - title.length))}`,
    ...notes.map((note) => `# ${note}`),
  ];
  for (const { row, shows, command, expect } of steps) {
    lines.push('', `# ${row}  ${shows}`, command, ...expect.map((answer) => `# → ${answer}`));
  }
  return `${lines.join('\n')}\n`;
}

/** A call as the documents write theirs: one part a line. */
export function curl(
  method: string,
  url: string,
  options: { readonly token?: string; readonly body?: unknown } = {},
): string {
  const { token, body } = options;
  const parts = [method === 'GET' ? `curl '${url}'` : `curl -X ${method} '${url}'`];
  if (token !== undefined) parts.push(`-H "Authorization: Bearer ${token}"`);
  if (body !== undefined) parts.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(body)}'`);
  return parts.join(' \\\n  ');
}
