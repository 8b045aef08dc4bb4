import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from '@keyhold/api';
import { PROBLEMS } from '@keyhold/api';
import { type Html, html } from '../static-pages/html.ts';
import { toCurl } from './curl-example.ts';
import { renderMeaning, renderSchema, renderType } from './schema-table.ts';

export interface DocumentedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: OpenApiOperation;
}

/** One operation: what it does, how to call it, what goes in, what comes out, what can go wrong. */
export function renderOperation(
  { method, path, operation }: DocumentedOperation,
  document: OpenApiDocument,
  address: string,
): Html {
  const server = operation.servers?.[0]?.url ?? address;
  return html`<section class="operation" id="${operation.operationId}">
<header>
<h3><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></h3>
<p class="summary">${operation.summary}</p>
${renderAccess(operation)}
</header>
<div class="columns">
<div class="prose">
${operation.description === undefined ? [] : html`<p>${operation.description}</p>`}
${renderParameters(operation.parameters ?? [])}
${renderRequest(operation, document)}
${renderAnswers(operation, document)}
${renderProblems(operation)}
</div>
<aside><pre tabindex="0"><code>${toCurl({ method, path, server }, operation)}</code></pre></aside>
</div>
</section>`;
}

function renderAccess(operation: OpenApiOperation): Html {
  const scope = operation['x-keyhold-scope'];
  if (scope !== null) return html`<p class="access">Operator token with the scope <code>${scope}</code></p>`;
  return operation.security.length > 0
    ? html`<p class="access">Portal session, or a key where keys may manage keys</p>`
    : html`<p class="access">No token</p>`;
}

function renderParameters(parameters: readonly OpenApiParameter[]): Html {
  if (parameters.length === 0) return html``;
  const rows = parameters.map(
    (one) => html`<tr>
<td><code>${one.name}</code>${one.required ? html`` : html`<span class="optional">optional</span>`}</td>
<td class="type">${one.in}, ${renderType(one.schema)}</td>
<td>${renderMeaning({ ...one.schema, ...(one.description !== undefined && { description: one.description }) })}</td>
</tr>`,
  );
  return html`<h4>Parameters</h4><div class="scroll" tabindex="0"><table>
<thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function renderRequest({ requestBody }: OpenApiOperation, document: OpenApiDocument): Html {
  const [media] = Object.entries(requestBody?.content ?? {});
  if (media === undefined) return html``;
  const [mediaType, { schema }] = media;
  const optional =
    requestBody?.required === false ? html`<span class="optional">may be left out</span>` : html``;
  return html`<h4>Body <span class="media">${mediaType}</span>${optional}</h4>${renderSchema(schema ?? {}, document)}`;
}

function renderAnswers({ responses }: OpenApiOperation, document: OpenApiDocument): Html {
  const answers = Object.entries(responses).filter(
    ([, { content }]) => content?.['application/problem+json'] === undefined,
  );
  return html`${answers.map(([status, { description, content }]) => {
    const schema = content?.['application/json']?.schema;
    return html`<h4>Answer <span class="status">${status}</span></h4>
<p>${description}${schema?.$ref === undefined ? '' : html` ${renderType(schema)}`}</p>
${schema === undefined ? [] : html`<details><summary>Fields</summary>${renderSchema(schema, document)}</details>`}`;
  })}`;
}

function renderProblems(operation: OpenApiOperation): Html {
  const codes = operation['x-keyhold-problems'];
  return html`<h4>Problems</h4>
<ul class="codes">${codes.map((code) => html`<li><a href="#problem-${code}"><span class="status">${PROBLEMS[code].status}</span> <code>${code}</code></a></li>`)}</ul>`;
}
