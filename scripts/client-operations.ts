import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  createOpenApiDocument,
  type JsonSchema,
  OPERATIONS,
  type OpenApiOperation,
  type Operation,
} from '@keyhold/api';

const root = join(import.meta.dirname, '..');

/** Where the SDK has the operations of its client. */
export const CLIENT_OPERATIONS_FILE = join(root, 'packages/sdk/src/client/operations.ts');

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

const { paths, components } = createOpenApiDocument({ version: '', publicUrl: null });

/** Management and verification. What is answered as a stream is read as one. */
const CLIENT_OPERATIONS = Object.entries<Operation>(OPERATIONS).filter(
  ([, { face, answers }]) =>
    face === 'verification' ||
    (face === 'management' && Object.values(answers).some(({ schema }) => schema !== null)),
);

/**
 * The text of {@link CLIENT_OPERATIONS_FILE}: plain types and addresses, since the SDK has no schema library, with the
 * descriptions of the OpenAPI document.
 */
export function renderClientOperations(): string {
  const documents = CLIENT_OPERATIONS.map(([id, { method, path }]) => {
    const document = paths[path]?.[method.toLowerCase()];
    if (document === undefined) throw new TypeError(`The document does not have ${id}.`);
    return { id, method, path, document, answer: findAnswer(id, document) };
  });
  const names = new Set<string>();
  for (const { document, answer } of documents) {
    collectNames(bodyOf(document), names);
    collectNames({ $ref: toReference(answer) }, names);
  }
  const source = `// Made from the table of operations by \`npm run docs\`; a test keeps it equal.
import type { CallOptions, CreateOptions } from './call-options.ts';
import type { Pages } from './pages.ts';

${[...names].toSorted().map(renderComponent).join('\n\n')}

/** Every call of the management API, \`verify\` and \`introspect\`. Each answers with the body of the answer. */
export interface KeyholdClient {
${documents.map(renderMethod).join('\n')}
}

/** Where each is. The values of \`{names}\` are taken from the input; \`list\` has pages. */
export const CLIENT_OPERATIONS: { readonly [Id in keyof KeyholdClient]: ClientOperation } = {
${documents.map(({ id, method, path, document, answer }) => `${id}: { method: '${method}', path: '${path}', list: ${isList(answer)}${isForm(document) ? ', form: true' : ''} },`).join('\n')}
};

/** One operation, as the client calls it. */
export interface ClientOperation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly list: boolean;
  /** The body is a form. Default: JSON. */
  readonly form?: boolean;
}
`;
  const biome = join(root, 'node_modules/.bin/biome');
  return execFileSync(biome, ['format', `--stdin-file-path=${CLIENT_OPERATIONS_FILE}`], {
    cwd: root,
    encoding: 'utf8',
    input: source,
  });
}

interface DocumentedOperation {
  readonly id: string;
  readonly document: OpenApiOperation;
  /** The component that it answers with. */
  readonly answer: string;
}

function findAnswer(id: string, { responses }: OpenApiOperation): string {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const answers = new Set(good.map(([, { content }]) => content?.[JSON_TYPE]?.schema?.$ref));
  const [reference] = answers;
  if (reference === undefined || answers.size !== 1)
    throw new TypeError(`${id} must have one kind of answer.`);
  return toName(reference);
}

function renderMethod({ id, document, answer }: DocumentedOperation): string {
  const { summary, description, parameters = [], requestBody } = document;
  const fields = parameters.filter((parameter) => parameter.in !== 'header');
  const body = bodyOf(document);
  const parts = [
    ...(fields.length > 0
      ? [
          renderObject(
            fields.map(({ name, required, schema, description: text }) => [
              name,
              required,
              { ...schema, ...(text !== undefined && { description: text }) },
            ]),
          ),
        ]
      : []),
    ...(body.$ref === undefined || toName(body.$ref) === 'EmptyRequest' ? [] : [renderType(body)]),
  ];
  const mayBeLeftOut = !fields.some(({ required }) => required) && requestBody?.required !== true;
  const input = parts.length === 0 ? 'Readonly<Record<string, never>>' : parts.join(' & ');
  const creates = parameters.some(({ name }) => name === 'Idempotency-Key');
  const result = isList(answer) ? `Pages<${answer}>` : `Promise<${answer}>`;
  const text = [`${summary}.`, description, `Scope: \`${document['x-keyhold-scope']}\`.`].filter(
    (line) => line !== undefined,
  );
  return `/** ${text.join(' ')} */
${id}(input${mayBeLeftOut ? '?' : ''}: ${input}, options?: ${creates ? 'CreateOptions' : 'CallOptions'}): ${result};`;
}

function renderComponent(name: string): string {
  const schema = componentOf(name);
  const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
  return `${comment}export ${schema.properties === undefined ? `type ${name} = ${renderType(schema)};` : `interface ${name} ${renderType(schema)}`}`;
}

function renderType(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return toName(schema.$ref);
  if (schema.enum !== undefined) return schema.enum.map(toLiteral).join(' | ');
  if (schema.const !== undefined) return toLiteral(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(renderType).join(' | ');
  if (schema.type === 'array') return `readonly (${renderType(schema.items ?? {})})[]`;
  if (schema.properties !== undefined) {
    const required = new Set(schema.required);
    return renderObject(
      Object.entries(schema.properties).map(([name, property]) => [name, required.has(name), property]),
    );
  }
  if (schema.type === 'object') {
    const { additionalProperties: value } = schema;
    return `{ readonly [name: string]: ${typeof value === 'object' ? renderType(value) : 'unknown'} }`;
  }
  const types = [schema.type ?? 'unknown'].flat();
  return types.map((type) => (type === 'integer' ? 'number' : type)).join(' | ');
}

function renderObject(
  fields: readonly (readonly [name: string, required: boolean, schema: JsonSchema])[],
): string {
  const lines = fields.map(([name, required, schema]) => {
    const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
    return `${comment}readonly ${name}${required ? '' : '?'}: ${renderType(schema)}${required ? '' : ' | undefined'};`;
  });
  return `{\n${lines.join('\n')}\n}`;
}

function collectNames(schema: JsonSchema, names: Set<string>): void {
  if (schema.$ref !== undefined) {
    const name = toName(schema.$ref);
    if (name === 'EmptyRequest' || names.has(name)) return;
    names.add(name);
    collectNames(componentOf(name), names);
  }
  const below = [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? []), schema.items ?? {}];
  for (const part of below.filter((part) => Object.keys(part).length > 0)) collectNames(part, names);
}

function componentOf(name: string): JsonSchema {
  const schema = components.schemas[name];
  if (schema === undefined) throw new TypeError(`There is no component "${name}".`);
  return schema;
}

function bodyOf({ requestBody }: OpenApiOperation): JsonSchema {
  const { content = {} } = requestBody ?? {};
  return content[JSON_TYPE]?.schema ?? content[FORM_TYPE]?.schema ?? {};
}

function isForm({ requestBody }: OpenApiOperation): boolean {
  return requestBody?.content[FORM_TYPE] !== undefined;
}

function isList(answer: string): boolean {
  return 'next_cursor' in (componentOf(answer).properties ?? {});
}

function toName(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function toReference(name: string): string {
  return `#/components/schemas/${name}`;
}

function toLiteral(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
