import type { AuditEventBody } from '@keyhold/api';

/** One event a line. */
export async function* toJsonLines(pages: AsyncIterable<readonly AuditEventBody[]>): AsyncGenerator<Buffer> {
  for await (const page of pages) {
    yield Buffer.from(page.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
}

const COLUMNS: readonly (readonly [string, (event: AuditEventBody) => string | null])[] = [
  ['id', (event) => event.id],
  ['at', (event) => event.at],
  ['action', (event) => event.action],
  ['actor_kind', (event) => event.actor.kind],
  ['actor_id', (event) => event.actor.id],
  ['actor_name', (event) => event.actor.name],
  ['subject_kind', (event) => event.subject.kind],
  ['subject_id', (event) => event.subject.id],
  ['subject_name', (event) => event.subject.name],
  ['keyspace', (event) => event.keyspace],
  ['organization', (event) => event.organization],
  ['request_id', (event) => event.request_id],
  ['source_address', (event) => event.source_address],
  ['details', (event) => JSON.stringify(event.details)],
];

/** RFC 4180, with a line of names first. `details` is JSON. */
export async function* toCsv(pages: AsyncIterable<readonly AuditEventBody[]>): AsyncGenerator<Buffer> {
  yield Buffer.from(toLine(COLUMNS.map(([name]) => name)));
  for await (const page of pages) {
    yield Buffer.from(page.map((event) => toLine(COLUMNS.map(([, read]) => read(event) ?? ''))).join(''));
  }
}

function toLine(values: readonly string[]): string {
  return `${values.map(toCell).join(',')}\r\n`;
}

/** What a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection). */
function toCell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
