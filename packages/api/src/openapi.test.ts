import { expect, test } from 'vitest';
import { COMPONENTS } from './components.ts';
import { createOpenApiDocument } from './openapi.ts';
import { type Operation, problemCodesOf } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { PROBLEMS } from './problems.ts';

const document = createOpenApiDocument({ version: '1.2.3', publicUrl: new URL('https://keys.example.com/') });
const operations: readonly [string, Operation][] = Object.entries<Operation>(OPERATIONS);

function collectReferences(value: unknown, found: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    if (name === '$ref') found.push(String(inner));
    else collectReferences(inner, found);
  }
  return found;
}

test('every reference in the document resolves inside the document', () => {
  const references = collectReferences(document);
  expect(references.length).toBeGreaterThan(50);
  for (const reference of references) {
    expect(Object.keys(document.components.schemas)).toContain(
      reference.replace('#/components/schemas/', ''),
    );
  }
});

test('the document is plain JSON and every operation of the table is in it once', () => {
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((one) => one.operationId),
  );
  expect(ids.toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
});

test.each(operations.filter(([, operation]) => operation.body !== null))(
  'the example of %s is accepted by the schema that the server checks with',
  (_id, operation) => {
    const { schema } = operation.body!;
    const examples = schema.meta()!['examples'];
    const example = Array.isArray(examples) ? examples[0] : undefined;
    expect(schema.safeParse(example).error).toBeUndefined();
  },
);

test.each(operations)(
  '%s names the parameters that its path has, and only problems that exist',
  (_id, operation) => {
    const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(Object.keys(operation.params?.shape ?? {})).toEqual(inPath);
    for (const code of problemCodesOf(operation)) expect(PROBLEMS).toHaveProperty(code);
  },
);

test('request objects are closed in the document, so that a generated client cannot send unknown fields', () => {
  for (const [, operation] of operations) {
    if (operation.body?.mediaType !== 'application/json') continue;
    const name = Object.keys(COMPONENTS).find((id) => COMPONENTS[id] === operation.body!.schema)!;
    expect(document.components.schemas[name]).toMatchObject({ type: 'object', additionalProperties: false });
  }
});
