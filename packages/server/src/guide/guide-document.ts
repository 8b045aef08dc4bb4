/** A page as what it says, for Markdown and HTML alike: sections of blocks of text. */
export interface GuideDocument {
  readonly title: string;
  readonly lead: Text;
  readonly sections: readonly GuideSection[];
}

export interface GuideSection {
  /** For links within the page. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Text }
  /** What must not be missed. */
  | { readonly kind: 'warning'; readonly text: Text }
  | { readonly kind: 'list' | 'steps'; readonly items: readonly Text[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly Text[])[] }
  | CodeBlock;

export interface CodeBlock {
  readonly kind: 'code';
  /** As Markdown names it: `sh`, `http`, `python`. */
  readonly language: string;
  /** What people read above it; null where the text before says it. */
  readonly label: string | null;
  readonly text: string;
}

/** One after another: plain text, and what stands out of it. Plain text is shown as it is, whatever characters it has. */
export type Text = readonly Inline[];
export type Inline =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly link: string; readonly href: string };

/** Text with values in it. An array, such as another {@link Text}, goes in piece by piece. */
export function say(literals: TemplateStringsArray, ...values: readonly (Inline | Text)[]): Text {
  return literals.flatMap((literal, i): Text => {
    const value = values[i];
    const before = literal === '' ? [] : [literal];
    if (value === undefined) return before;
    return typeof value === 'object' && 'length' in value ? [...before, ...value] : [...before, value];
  });
}

export function code(text: string): Inline {
  return { code: text };
}

export function paragraph(text: Text): Block {
  return { kind: 'paragraph', text };
}

/** `a`, `b` and `c`. */
export function listed(items: readonly Inline[], conjunction: 'and' | 'or'): Text {
  return items.flatMap((item, i): Text => {
    if (i === 0) return [item];
    return [i === items.length - 1 ? ` ${conjunction} ` : ', ', item];
  });
}
