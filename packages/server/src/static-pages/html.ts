/** HTML that is safe to send as it stands. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Part[];

/** Builds HTML; every value that is not {@link Html} itself is escaped. Arrays are written one after another. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return {
    html: literals.map((literal, i) => literal + (i < parts.length ? toText(parts[i]!) : '')).join(''),
  };
}

function toText(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part));
  return 'html' in part ? part.html : part.map(toText).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
