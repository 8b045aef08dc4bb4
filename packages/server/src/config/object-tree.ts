import { type FieldPath, NOWHERE, type ProblemCollector } from './problem.ts';
import {
  type ConfigEntry,
  type ConfigNode,
  isConfigName,
  MAX_CONFIGURATION_BYTES,
  MAX_DEPTH,
  toConfigScalar,
} from './yaml-tree.ts';

/** As many as the largest file can hold. One object may stand in many places, and what is small may unfold into far more. */
const MAX_VALUES = MAX_CONFIGURATION_BYTES / 2;

interface Reading {
  readonly problems: ProblemCollector;
  /** What the value in hand stands in. */
  readonly holders: Set<object>;
  /** How many values were read so far. */
  count: number;
}

/**
 * A program's own value as the tree that a file gives; what stands in it has no line. Copied, so that what the program does
 * with it later changes nothing. A field that is undefined is left out.
 */
export function toConfigTree(value: unknown, problems: ProblemCollector): ConfigNode {
  const reading: Reading = { problems, holders: new Set(), count: 0 };
  const tree = toConfigNode(value, reading, []);
  if (isFull(reading)) {
    problems.add(
      NOWHERE,
      [],
      `holds more than ${MAX_VALUES} values; split the keyspaces over several servers`,
    );
  }
  return tree;
}

function isFull({ count }: Reading): boolean {
  return count > MAX_VALUES;
}

function toConfigNode(value: unknown, reading: Reading, path: FieldPath): ConfigNode {
  const { problems, holders } = reading;
  const at = NOWHERE;
  const nothing: ConfigNode = { kind: 'scalar', at, value: null };
  reading.count++;
  const isHolder = Array.isArray(value) || isPlainObject(value);
  if (isHolder && holders.has(value)) {
    problems.add(at, path, 'contains itself; write the value out');
    return nothing;
  }
  if (path.length > MAX_DEPTH) {
    problems.add(at, path, `is nested deeper than ${MAX_DEPTH} levels; flatten it`);
    return nothing;
  }
  if (!isHolder) return toConfigScalar(value, at, path, problems);
  holders.add(value);
  const node = Array.isArray(value) ? toConfigList(value, reading, path) : toConfigMap(value, reading, path);
  holders.delete(value);
  return node;
}

function toConfigList(list: readonly unknown[], reading: Reading, path: FieldPath): ConfigNode {
  const items: ConfigNode[] = [];
  for (const [index, item] of list.entries()) {
    if (isFull(reading)) break;
    items.push(toConfigNode(item, reading, [...path, index]));
  }
  return { kind: 'list', at: NOWHERE, items };
}

function toConfigMap(map: object, reading: Reading, path: FieldPath): ConfigNode {
  const entries = new Map<string, ConfigEntry>();
  for (const [name, field] of Object.entries(map)) {
    if (isFull(reading)) break;
    if (field === undefined || !isConfigName(name, NOWHERE, path, reading.problems)) continue;
    entries.set(name, { keyAt: NOWHERE, node: toConfigNode(field, reading, [...path, name]) });
  }
  return { kind: 'map', at: NOWHERE, entries };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
