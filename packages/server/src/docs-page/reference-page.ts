import type { OpenApiDocument } from '@keyhold/api';
import { PROBLEMS } from '@keyhold/api';
import { writeAnswer } from '../http/answer.ts';
import { type Html, html } from '../static-pages/html.ts';
import { toStaticPageHeaders } from '../static-pages/static-page-headers.ts';
import type { RawHandler } from '../verification/handler.ts';
import { type DocumentedOperation, renderOperation } from './operation-section.ts';
import { renderSchema } from './schema-table.ts';
import { STYLESHEET } from './stylesheet.ts';

/**
 * Serves the OpenAPI document and a page made from it.
 *
 * @param address where this server is reached, without a slash at the end; asked for on each request, since a free port
 *   is known only once it is bound.
 */
export function createReferencePage(
  document: OpenApiDocument,
  address: () => string,
): Readonly<Record<string, RawHandler>> {
  const json = { status: 200, headers: ['Content-Type', 'application/json'], body: JSON.stringify(document) };
  const headers = toStaticPageHeaders(STYLESHEET);
  let made = { address: '', body: '' };
  return {
    '/openapi.json': (_request, response, requestId) => writeAnswer(response, json, requestId),
    '/docs'(_request, response, requestId) {
      const known = address();
      if (made.address !== known) made = { address: known, body: renderPage(document, known).html };
      writeAnswer(response, { status: 200, headers, body: made.body }, requestId);
    },
  };
}

function renderPage(document: OpenApiDocument, address: string): Html {
  const byTag = groupByTag(document);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Keyhold API reference</title>
<style>${{ html: STYLESHEET }}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the reference</a>
<div class="page">
<nav aria-label="Operations">
<p class="brand">Keyhold</p>
<p class="version">API reference, version ${document.info.version}</p>
<details><summary>Contents</summary>
<ul><li><a href="#content">Conventions</a></li></ul>
${byTag.map(
  ({ name, operations }) =>
    html`<h2>${name}</h2><ul>${operations.map(
      ({ method, operation }) =>
        html`<li><a href="#${operation.operationId}"><span class="method ${method.toLowerCase()}">${method}</span>${operation.summary}</a></li>`,
    )}</ul>`,
)}
<h2>Reference</h2>
<ul><li><a href="#problems">Problem codes</a></li><li><a href="#schemas">Schemas</a></li><li><a href="/openapi.json">openapi.json</a></li></ul>
</details>
</nav>
<main id="content">
<h1>Keyhold API</h1>
<p class="lead">${document.info.description}</p>
${renderConventions()}
${byTag.map(
  ({ name, description, operations }) => html`<section class="tag"><h2>${name}</h2><p>${description}</p>
${operations.map((operation) => renderOperation(operation, document, address))}</section>`,
)}
${renderProblemCodes()}
${renderComponents(document)}
</main>
</div>
</body>
</html>
`;
}

function groupByTag(document: OpenApiDocument) {
  const operations: DocumentedOperation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return document.tags.map((tag) => ({
    ...tag,
    operations: operations.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
}

function renderConventions(): Html {
  const facts: readonly (readonly [string, Html])[] = [
    [
      'Authentication',
      html`<code>Authorization: Bearer khop_…</code>, an operator token with the scope that the call names.`,
    ],
    [
      'JSON',
      html`Names in snake_case, times in RFC 3339 UTC. Unknown fields are refused; a body is at most 64 kB.`,
    ],
    [
      'Lists',
      html`<code>{"data": […], "next_cursor": …}</code>; send the cursor with the same filters for the next page.`,
    ],
    [
      'Errors',
      html`Problem details (RFC 9457). Decide by <code>code</code>; <code>errors</code> points at every field at fault.`,
    ],
    [
      'Retries',
      html`<code>Idempotency-Key</code> on creates: a repeat answers as the first call did and never shows the secret again.`,
    ],
    ['Instant', html`A change answers with its <code>seq</code>, and holds in every process when it does.`],
  ];
  return html`<dl class="facts">${facts.map(([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>
<p class="note">Every answer carries <code>Keyhold-Request-Id</code>; the log has it too. The examples take the token from <code>$KEYHOLD_OPERATOR_TOKEN</code>.</p>`;
}

function renderProblemCodes(): Html {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, whatToDo }]) =>
      html`<tr id="problem-${code}"><td class="status">${status}</td><td><code>${code}</code></td><td>${title}. ${whatToDo}</td></tr>`,
  );
  return html`<section class="tag" id="problems"><h2>Problem codes</h2>
<p>Stable. One may be added; none changes its meaning.</p>
<div class="scroll" tabindex="0"><table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function renderComponents(document: OpenApiDocument): Html {
  return html`<section class="tag" id="schemas"><h2>Schemas</h2><p>The shapes that more than one call shares, and every body by its name.</p>
${Object.entries(document.components.schemas).map(
  ([name, schema]) => html`<section class="component" id="schema-${name}"><h3>${name}</h3>
${schema.description === undefined ? [] : html`<p>${schema.description}</p>`}
${renderComponent(schema, document)}</section>`,
)}</section>`;
}

function renderComponent(
  schema: OpenApiDocument['components']['schemas'][string],
  document: OpenApiDocument,
): Html {
  const values = schema.enum;
  if (values === undefined) return renderSchema(schema, document);
  return html`<p>One of ${values.map((value, i) => html`${i === 0 ? '' : ', '}<code>${String(value)}</code>`)}.</p>`;
}
