import type { JsonSchema, OpenApiDocument } from '@keyhold/api';
import { type Html, html } from '../static-pages/html.ts';

/** The fields of an object, one row each; what stands under a name of its own is linked. */
export function renderSchema(schema: JsonSchema, document: OpenApiDocument): Html {
  const resolved = resolve(schema, document);
  const variants = resolved.anyOf;
  if (variants !== undefined) {
    return html`${variants.map(
      (variant, i) => html`${i === 0 ? [] : html`<p class="or">or</p>`}${renderSchema(variant, document)}`,
    )}`;
  }
  if (resolved.type === 'array') {
    return html`<p class="note">An array, each element:</p>${renderSchema(resolved.items ?? {}, document)}`;
  }
  const properties = Object.entries(resolved.properties ?? {});
  if (properties.length === 0) return html`<p class="note">No fields.</p>`;
  const required = new Set(resolved.required);
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead>
<tbody>${properties.map(([name, property]) => renderField(name, property, required.has(name)))}</tbody>
</table></div>`;
}

function renderField(name: string, property: JsonSchema, required: boolean): Html {
  return html`<tr>
<td><code>${name}</code>${required ? html`` : html`<span class="optional">optional</span>`}</td>
<td class="type">${renderType(property)}</td>
<td>${renderMeaning(property)}</td>
</tr>`;
}

/** Description, bounds and first example of a field or parameter. */
export function renderMeaning(schema: JsonSchema): Html {
  const description = schema.description;
  const [example] = schema.examples ?? [];
  const bounds = toBounds(schema);
  const shown = example !== undefined && example !== null && JSON.stringify(example) !== '[]';
  return html`${description ?? ''}${bounds === '' ? '' : html` <span class="bounds">${bounds}</span>`}${
    shown ? html` <span class="example">e.g. <code>${JSON.stringify(example)}</code></span>` : ''
  }`;
}

function toBounds(schema: JsonSchema): string {
  const bounds: string[] = [];
  const { minimum, maximum, default: usual } = schema;
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    bounds.push(`${minimum ?? 0} to ${maximum}.`);
  if (usual !== undefined) bounds.push(`Default ${JSON.stringify(usual)}.`);
  return bounds.join(' ');
}

/** The type of a value in a few words: `string or null`, `array of Key`, `"active" | "disabled"`. */
export function renderType(schema: JsonSchema): Html {
  const reference = schema.$ref;
  if (reference !== undefined) {
    const name = reference.split('/').at(-1)!;
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const values = schema.enum;
  if (values !== undefined) return html`${values.map((value) => JSON.stringify(value)).join(' | ')}`;
  if ('const' in schema) return html`${JSON.stringify(schema.const)}`;
  const variants = schema.anyOf;
  if (variants !== undefined) {
    return html`${variants.map((variant, i) => html`${i === 0 ? '' : ' or '}${renderType(variant)}`)}`;
  }
  if (schema.type === 'array') return html`array of ${renderType(schema.items ?? {})}`;
  const type = schema.type;
  return html`${Array.isArray(type) ? type.join(' or ') : String(type ?? 'any')}${schema.format === 'date-time' ? ' (date-time)' : ''}`;
}

function resolve(schema: JsonSchema, document: OpenApiDocument): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? schema);
}
