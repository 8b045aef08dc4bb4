import { BASE_STYLE } from '../static-pages/base-style.ts';
import { type Html, html } from '../static-pages/html.ts';
import type { Block, CodeBlock, GuideDocument, GuideSection, Inline, Text } from './guide-document.ts';

/** The whole look of a guide. */
export const GUIDE_STYLE = `${BASE_STYLE}
main { max-width: 58rem; }
.lead { max-width: none; margin-bottom: 0; }
section { border-top: 1px solid var(--line); margin-top: 2.75rem; padding-top: 1.75rem; }
section h2 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; margin: 0 0 1rem; }
section > * { margin: 0; }
section > * + * { margin-top: 1rem; }
section ul, section ol { padding-left: 1.35rem; }
section li + li { margin-top: .4rem; }
section li::marker { color: var(--soft); }
.warning { border-left: 3px solid var(--accent); background: var(--panel); border-radius: 0 8px 8px 0; padding: .85rem 1.15rem; }
figcaption { color: var(--soft); font-size: .85rem; margin: 0 0 .35rem; }
pre code { white-space: pre; overflow-wrap: normal; tab-size: 4; }
:not(pre) > code { background: var(--panel); border-radius: 4px; padding: .1em .3em; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
td, td:last-child { min-width: 4rem; }
td code { white-space: normal; overflow-wrap: anywhere; }
td:first-child code { white-space: nowrap; }
`;

export function renderGuidePage({ title, lead, sections }: GuideDocument): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: GUIDE_STYLE }}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the guide</a>
<div class="page">
<nav aria-label="Contents">
<p class="brand">${title}</p>
<details><summary>Contents</summary>
<ul>${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}</ul>
</details>
</nav>
<main id="content">
<h1>${title}</h1>
<p class="lead">${renderText(lead)}</p>
${sections.map(renderSection)}
</main>
</div>
</body>
</html>
`.html;
}

function renderSection({ id, title, blocks }: GuideSection): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${blocks.map(renderBlock)}
</section>
`;
}

function renderBlock(block: Block): Html {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${renderText(block.text)}</p>`;
    case 'warning':
      return html`<p class="warning">${renderText(block.text)}</p>`;
    case 'list':
      return html`<ul>${block.items.map((item) => html`<li>${renderText(item)}</li>`)}</ul>`;
    case 'steps':
      return html`<ol>${block.items.map((item) => html`<li>${renderText(item)}</li>`)}</ol>`;
    case 'table':
      return renderTable(block.head, block.rows);
    default:
      return renderCodeBlock(block);
  }
}

function renderCodeBlock({ label, text }: CodeBlock): Html {
  // Reached by keyboard, because it scrolls where a line is longer than the page.
  const block = html`<pre tabindex="0"><code>${text}</code></pre>`;
  return label === null ? block : html`<figure><figcaption>${label}</figcaption>${block}</figure>`;
}

function renderTable(head: readonly string[], rows: readonly (readonly Text[])[]): Html {
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${renderText(cell)}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

function renderText(text: Text): readonly Html[] {
  return text.map(renderInline);
}

function renderInline(inline: Inline): Html {
  if (typeof inline === 'string') return html`${inline}`;
  if ('code' in inline) return html`<code>${inline.code}</code>`;
  if ('strong' in inline) return html`<strong>${inline.strong}</strong>`;
  return html`<a href="${inline.href}">${inline.link}</a>`;
}
