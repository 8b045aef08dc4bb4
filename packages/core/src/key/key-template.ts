import { KeyholdError } from '../errors.ts';

/** A piece of a template: text that stands for itself, or what stood between `{` and `}`, split at its colons. */
export type TemplateToken =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'placeholder';
      readonly text: string;
      readonly name: string;
      readonly args: readonly string[];
    };

/** Splits a template of literals and `{placeholders}`; there is no way to write a literal brace. */
export function readTemplate(template: string): readonly TemplateToken[] {
  const tokens: TemplateToken[] = [];
  for (const [text, inside] of template.matchAll(/\{([^{}]*)\}|[^{}]+|[{}]/g)) {
    if (inside !== undefined) {
      const [name = '', ...args] = inside.split(':');
      tokens.push({ kind: 'placeholder', text, name, args });
    } else if (text === '{' || text === '}') {
      throw templateError(template, `has a "${text}" without its counterpart; write placeholders as {name}`);
    } else {
      tokens.push({ kind: 'literal', text });
    }
  }
  return tokens;
}

/** Reads a count in a placeholder: 1 to 999, no sign, no leading zero. */
export function readCount(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,2}$/.test(text) ? Number(text) : null;
}

export function templateError(template: string, whatAndWhatToDo: string): KeyholdError {
  return new KeyholdError('configuration_invalid', `"${template}" ${whatAndWhatToDo}.`);
}
