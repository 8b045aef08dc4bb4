import type { Block, CodeBlock, GuideDocument, Inline, Text } from './guide-document.ts';

/** The guide as Markdown (CommonMark with tables), to be put among an API's own documents. */
export function renderMarkdown({ title, lead, sections }: GuideDocument): string {
  const parts = [
    `# ${escapeMarkdown(title)}`,
    renderText(lead),
    ...sections.flatMap(({ title: heading, blocks }) => [
      `## ${escapeMarkdown(heading)}`,
      ...blocks.map(renderBlock),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return renderText(block.text);
    case 'warning':
      return `> ${renderText(block.text)}`;
    case 'list':
      return block.items.map((item) => `- ${renderText(item)}`).join('\n');
    case 'steps':
      return block.items.map((item, i) => `${i + 1}. ${renderText(item)}`).join('\n');
    case 'table':
      return renderTable(block.head, block.rows);
    default:
      return renderCodeBlock(block);
  }
}

function renderCodeBlock({ label, language, text }: CodeBlock): string {
  const fence = toFence(text, 3);
  const above = label === null ? '' : `**${escapeMarkdown(label)}**\n\n`;
  return `${above}${fence}${language}\n${text}\n${fence}`;
}

function renderTable(head: readonly string[], rows: readonly (readonly Text[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(head.map(escapeMarkdown)),
    line(head.map(() => '---')),
    ...rows.map((cells) => line(cells.map(renderText))),
  ].join('\n');
}

function renderText(text: Text): string {
  return text.map(renderInline).join('');
}

function renderInline(inline: Inline): string {
  if (typeof inline === 'string') return escapeMarkdown(inline);
  if ('code' in inline) return renderCode(inline.code);
  if ('strong' in inline) return `**${escapeMarkdown(inline.strong)}**`;
  return `[${escapeMarkdown(inline.link)}](<${inline.href}>)`;
}

function renderCode(text: string): string {
  const fence = toFence(text, 1);
  const padding = fence === '`' ? '' : ' ';
  return `${fence}${padding}${text}${padding}${fence}`;
}

/** More backquotes than stand together anywhere in the text. */
function toFence(text: string, least: number): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}

/** What Markdown would read as more than the character itself, within a line. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#&]/g, String.raw`\$&`);
}
