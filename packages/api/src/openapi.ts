import { z } from 'zod';
import { COMPONENTS } from './components.ts';
import { type Operation, problemCodesOf } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { PROBLEMS, type ProblemCode } from './problems.ts';

/** A JSON Schema (2020-12) as it stands in the document: the keywords that the schemas here come to. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface OpenApiContent {
  readonly [mediaType: string]: { readonly schema?: JsonSchema; readonly example?: unknown };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly { readonly [scheme: string]: readonly string[] }[];
  readonly servers?: readonly { readonly url: string; readonly description?: string }[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: OpenApiContent };
  readonly responses: {
    readonly [status: string]: { readonly description: string; readonly content?: OpenApiContent };
  };
  /** The problem codes it may answer with. */
  readonly 'x-keyhold-problems': readonly ProblemCode[];
  /** The scope an operator token needs; null: none. */
  readonly 'x-keyhold-scope': string | null;
}

/** The part of OpenAPI 3.1 that Keyhold's document uses. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: object;
  };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: { readonly [path: string]: { readonly [method: string]: OpenApiOperation } };
  readonly components: {
    readonly schemas: { readonly [name: string]: JsonSchema };
    readonly securitySchemes: { readonly [name: string]: object };
  };
}

/** Where self-service operations stand in the document; each keyspace chooses its own mount. */
export const SELF_SERVICE_MOUNT = '/api/api-keys';

const TAGS = [
  ['Organizations', 'The customer accounts that own keys.'],
  ['Keys', 'Issue, list, change, recycle, revoke and import keys.'],
  ['Verification', 'Decide whether a key may be used now.'],
  ['Portal sessions', "Short-lived rights to manage one organization's keys."],
  ['Audit', 'Who did what.'],
  ['Insight', 'What is configured, how much there is of what, and verdicts as they are given.'],
  ['Nodes', 'The processes that answer, and when a change holds in all of them.'],
  ['Operators', 'Tokens for the people and programs that run Keyhold.'],
  ['People', 'Who may use the console.'],
  [
    'Console',
    'What only the console calls, each with the header Keyhold-Console: 1: how people get in, and what they do about themselves. What it shows and changes otherwise are the calls above, with the cookie in place of a token.',
  ],
  [
    'Self-service',
    "The customer's own view, on the gateway of a keyspace that mounts it; the mount is configuration, here /api/api-keys. Authorized by a portal session, or by one of the organization's keys where the keyspace lets keys manage keys. Errors are the keyspace's own where it has some.",
  ],
  ['Service', 'Health, metrics and documents.'],
] as const;

/**
 * Makes the OpenAPI 3.1 document from the table of operations and the schemas that requests are checked with.
 *
 * @param publicUrl where the management API is reached; null: relative to where the document was read.
 */
export function createOpenApiDocument(options: {
  readonly version: string;
  readonly publicUrl: URL | null;
}): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
    const path = operation.face === 'self_service' ? SELF_SERVICE_MOUNT + operation.path : operation.path;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: toOpenApiOperation(id, operation) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Keyhold',
      version: options.version,
      description:
        'Issues, verifies, scopes, recycles, expires and revokes API keys. When a call that changes a key has returned, the change holds in every process.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.publicUrl?.href.replace(/\/$/, '') ?? '/' }],
    tags: TAGS.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: toComponentSchemas(),
      securitySchemes: {
        operator: { type: 'http', scheme: 'bearer', description: 'An operator token, khop_…' },
        portalSession: {
          type: 'http',
          scheme: 'bearer',
          description: 'A portal session, khps_…, or a key of the organization.',
        },
      },
    },
  };
}

function toComponentSchemas(): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: toComponentReference });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema)]));
}

function toComponentReference(id: string): string {
  return `#/components/schemas/${id}`;
}

/** Inside an OpenAPI document `$schema` and `$id` would change how references resolve. */
function withoutIdentity(schema: object): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => keyword !== '$schema' && keyword !== '$id'),
  );
}

function toInlineSchema(schema: z.ZodType): JsonSchema {
  return withoutIdentity(z.toJSONSchema(schema, { io: 'input' }));
}

function toReference(schema: z.ZodType): JsonSchema {
  const entry = Object.entries(COMPONENTS).find(([, component]) => component === schema);
  if (entry === undefined)
    throw new TypeError('every body in the table of operations must be a named component');
  return { $ref: toComponentReference(entry[0]) };
}

function toOpenApiOperation(id: string, operation: Operation): OpenApiOperation {
  const parameters = toParameters(operation);
  const problems = problemCodesOf(operation);
  return {
    operationId: id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description !== undefined && { description: operation.description }),
    security: toSecurity(operation),
    ...(operation.face === 'self_service' && {
      servers: [
        {
          url: 'http://127.0.0.1:9102',
          description: "The gateway of the keyspace, with the keyspace's own mount.",
        },
      ],
    }),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body !== null && {
      requestBody: {
        required: operation.body.required,
        content: {
          [operation.body.mediaType]: {
            schema: toReference(operation.body.schema),
            ...toExample(operation.body.schema),
          },
        },
      },
    }),
    responses: { ...toAnswers(operation), ...toProblemAnswers(problems) },
    'x-keyhold-problems': problems,
    'x-keyhold-scope': operation.scope,
  };
}

function toExample(schema: z.ZodType): { readonly example?: unknown } {
  const examples = schema.meta()?.['examples'];
  return Array.isArray(examples) ? { example: examples[0] } : {};
}

function toSecurity(operation: Operation): OpenApiOperation['security'] {
  if (operation.face === 'management') return [{ operator: [] }, { console: [] }];
  if (operation.scope !== null) return [{ operator: [] }];
  if (operation.face === 'self_service') return [{ portalSession: [] }];
  if (operation.face === 'console') return [{ console: [] }];
  return [];
}

function toParameters(operation: Operation): readonly OpenApiParameter[] {
  const parameters: OpenApiParameter[] = [];
  const add = (place: 'path' | 'query', object: z.ZodObject | null) => {
    for (const [name, schema] of Object.entries<z.ZodType>(object?.shape ?? {})) {
      const { description, ...inline } = toInlineSchema(schema);
      parameters.push({
        name,
        in: place,
        required: place === 'path',
        ...(description !== undefined && { description }),
        schema: inline,
      });
    }
  };
  add('path', operation.params);
  add('query', operation.query);
  if (operation.idempotent) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description:
        'Up to 255 visible ASCII characters. Repeating the call with the same value and body answers as the first did, without the secret.',
      schema: { type: 'string', maxLength: 255 },
    });
  }
  return parameters;
}

function toAnswers(operation: Operation): OpenApiOperation['responses'] {
  return Object.fromEntries(
    Object.entries(operation.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        ...(answer.schema !== null && {
          content: { 'application/json': { schema: toReference(answer.schema) } },
        }),
        ...(answer.mediaType !== undefined && { content: { [answer.mediaType]: {} } }),
      },
    ]),
  );
}

function toProblemAnswers(codes: readonly ProblemCode[]): OpenApiOperation['responses'] {
  const byStatus = Map.groupBy(codes, (code) => String(PROBLEMS[code].status));
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([status, ofStatus]) => [
        status,
        {
          description: ofStatus.map((code) => `${code}: ${PROBLEMS[code].title}.`).join(' '),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
  );
}
