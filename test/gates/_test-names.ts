import { readFileSync } from 'node:fs';
import { parseAst } from 'rolldown/parseAst';

/** A test as its source declares it. */
export interface DeclaredTest {
  /** Its own name after those of the suites around it; what `each` fills in stands as it is written (`%s`, `$name`). */
  readonly path: readonly string[];
  /** Its declaration, or that of a suite around it, says that it is not run, or not always, or not as a promise. */
  readonly isLeftOut: boolean;
}

const SUITES: ReadonlySet<string> = new Set(['describe', 'suite']);
const TESTS: ReadonlySet<string> = new Set(['test', 'it']);
const LEAVING_OUT: ReadonlySet<string> = new Set(['skip', 'todo', 'skipIf', 'runIf', 'only', 'fails']);

/** Reads every test that a file declares, without running it. */
export function readDeclaredTests(file: string): DeclaredTest[] {
  const source = readFileSync(file, 'utf8');
  const found: DeclaredTest[] = [];
  visit(parseAst(source, { lang: 'ts' }, file), [], false);
  return found;

  function visit(node: unknown, path: readonly string[], isLeftOut: boolean): void {
    if (typeof node !== 'object' || node === null) return;
    const declaration = readDeclaration(node, source);
    if (declaration === null) {
      for (const child of Object.values(node)) visit(child, path, isLeftOut);
      return;
    }
    const inner = [...path, declaration.name];
    const leavesOut = isLeftOut || declaration.isLeftOut;
    if (declaration.isSuite) for (const argument of declaration.body) visit(argument, inner, leavesOut);
    else found.push({ path: inner, isLeftOut: leavesOut });
  }
}

interface Declaration {
  readonly isSuite: boolean;
  readonly name: string;
  readonly isLeftOut: boolean;
  readonly body: readonly unknown[];
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  readonly value?: unknown;
  readonly callee?: SyntaxNode;
  readonly object?: SyntaxNode;
  readonly property?: SyntaxNode;
  readonly arguments?: readonly SyntaxNode[];
}

/** `describe(…)`, `test.each(…)(…)` and the like; null for everything else. */
function readDeclaration(node: object, source: string): Declaration | null {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only fields that are looked at, each if it is there
  const { type, callee, arguments: parameters = [] } = node as SyntaxNode;
  if (type !== 'CallExpression' || callee === undefined) return null;
  const names = calledNames(callee);
  const [base = ''] = names;
  const [title, ...body] = parameters;
  if ((!SUITES.has(base) && !TESTS.has(base)) || title === undefined) return null;
  const name = readTitle(title, source);
  if (name === null) return null;
  return {
    isSuite: SUITES.has(base),
    name,
    isLeftOut: names.some((called) => LEAVING_OUT.has(called)),
    body,
  };
}

/** `test.skipIf(x).each(y)` → `test`, `skipIf`, `each`. */
function calledNames(callee: SyntaxNode): string[] {
  if (callee.type === 'Identifier') return [callee.name ?? ''];
  if (callee.type === 'CallExpression' && callee.callee !== undefined) return calledNames(callee.callee);
  if (callee.type !== 'MemberExpression' || callee.object === undefined) return [];
  return [...calledNames(callee.object), callee.property?.name ?? ''];
}

function readTitle({ type, value, start, end }: SyntaxNode, source: string): string | null {
  if (type === 'Literal' && typeof value === 'string') return value;
  return type === 'TemplateLiteral' ? source.slice(start + 1, end - 1) : null;
}
