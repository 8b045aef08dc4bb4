import { type FieldPath, NOWHERE, type ProblemCollector } from './problem.ts';
import { type ConfigEntry, type ConfigNode, MAX_DEPTH, toConfigScalar } from './yaml-tree.ts';

/**
 * A program's own value as the tree that a file gives; what stands in it has no line. Copied, so that what the program does
 * with it later changes nothing. A field that is undefined is left out.
 */
export function toConfigTree(value: unknown, problems: ProblemCollector, path: FieldPath = []): ConfigNode {
  const at = NOWHERE;
  const nothing: ConfigNode = { kind: 'scalar', at, value: null };
  if (path.length > MAX_DEPTH) {
    problems.add(at, path, `is nested deeper than ${MAX_DEPTH} levels; flatten it`);
    return nothing;
  }
  if (Array.isArray(value)) {
    return {
      kind: 'list',
      at,
      items: value.map((item, index) => toConfigTree(item, problems, [...path, index])),
    };
  }
  if (isPlainObject(value)) {
    const written = Object.entries(value).filter(([, field]) => field !== undefined);
    const entries = written.map(([name, field]): [string, ConfigEntry] => [
      name,
      { keyAt: at, node: toConfigTree(field, problems, [...path, name]) },
    ]);
    return { kind: 'map', at, entries: new Map(entries) };
  }
  return toConfigScalar(value, at, path, problems);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
