import type { Json, JsonObject } from '@keyhold/core';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type FieldPath, type Position, type ProblemCollector, quote } from './problem.ts';

/** A value of the file with the place it stands at. Only what JSON can say. */
export type ConfigNode =
  | { readonly kind: 'scalar'; readonly at: Position; readonly value: null | boolean | number | string }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly ConfigNode[] }
  | { readonly kind: 'map'; readonly at: Position; readonly entries: ReadonlyMap<string, ConfigEntry> };

export interface ConfigEntry {
  readonly keyAt: Position;
  readonly node: ConfigNode;
}

export type ConfigMap = Extract<ConfigNode, { readonly kind: 'map' }>;

/** 256 kB is some 150 keyspaces with long scope tables, and is read in at most two seconds, whatever it holds. */
export const MAX_CONFIGURATION_BYTES = 256 * 1024;
/** A keyspace's own fields reach depth 5; the rest is for error bodies. */
export const MAX_DEPTH = 16;

/**
 * Reads YAML 1.2 into a tree with positions: one document, no tags, no aliases (so a small file cannot unfold into a
 * large one), every name once in its map.
 *
 * @returns null when the text is not YAML at all; the reasons are in `problems`. A file with nothing in it is an empty map.
 */
export function parseYamlTree(text: string, problems: ProblemCollector): ConfigNode | null {
  const start: Position = { line: 1, column: 1 };
  if (Buffer.byteLength(text) > MAX_CONFIGURATION_BYTES) {
    problems.add(
      start,
      [],
      `the file is larger than ${MAX_CONFIGURATION_BYTES / 1024} kB; split the keyspaces over several servers`,
    );
    return null;
  }
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  let contents: Node | null;
  try {
    // Unique names are checked below: the parser's own check compares each name with all others.
    const document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      strict: true,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    });
    for (const error of [...document.errors, ...document.warnings])
      problems.add(
        position(error.pos[0]),
        [],
        error.code === 'MULTIPLE_DOCS'
          ? 'a second document begins; keep one in a file'
          : `not valid YAML: ${error.message}`,
      );
    if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
      problems.add(
        start,
        [],
        'the file asks for an older YAML; remove its %YAML line, this is read as YAML 1.2',
      );
    }
    contents = document.contents;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.add(start, [], `the file is nested deeper than ${MAX_DEPTH} levels; flatten it`);
    return null;
  }
  if (problems.count > 0) return null;
  if (contents === null) return { kind: 'map', at: start, entries: new Map() };
  return toConfigNode(contents, { position, problems });
}

/** The value as JSON would give it; `undefined` for a node that is not there. */
export function toPlain(node: ConfigNode | undefined): Json | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map((item) => toPlain(item)!);
  return toPlainMap(node);
}

export function toPlainMap(map: ConfigMap): JsonObject {
  return Object.fromEntries([...map.entries].map(([name, entry]) => [name, toPlain(entry.node)!]));
}

/** The place of the value at `path` under `node`, or of the nearest thing above it that is there. */
export function findPosition(node: ConfigNode, path: readonly PropertyKey[]): Position {
  return findNode(node, path).at;
}

function findNode(node: ConfigNode, path: readonly PropertyKey[]): ConfigNode {
  let found = node;
  for (const part of path) {
    const next =
      found.kind === 'map'
        ? found.entries.get(String(part))?.node
        : found.kind === 'list'
          ? found.items[Number(part)]
          : undefined;
    if (next === undefined) break;
    found = next;
  }
  return found;
}

/** The place of the name of the value at `path`. */
export function findNamePosition(node: ConfigNode, path: readonly PropertyKey[]): Position {
  const name = path.at(-1);
  const parent = name === undefined ? null : findNode(node, path.slice(0, -1));
  const entry = parent?.kind === 'map' ? parent.entries.get(String(name)) : undefined;
  return entry?.keyAt ?? findPosition(node, path);
}

interface Reading {
  readonly position: (offset: number) => Position;
  readonly problems: ProblemCollector;
}

function toConfigNode(node: Node, reading: Reading, path: FieldPath = []): ConfigNode {
  const { problems } = reading;
  const at = reading.position(node.range?.[0] ?? 0);
  const nothing: ConfigNode = { kind: 'scalar', at, value: null };
  if (path.length > MAX_DEPTH) {
    problems.add(at, path, `is nested deeper than ${MAX_DEPTH} levels; flatten it`);
    return nothing;
  }
  if (isAlias(node)) {
    problems.add(at, path, `the alias *${node.source} is not followed; write the value out`);
    return nothing;
  }
  if (isSeq<Node>(node)) {
    return {
      kind: 'list',
      at,
      items: node.items.map((item, index) => toConfigNode(item, reading, [...path, index])),
    };
  }
  if (isMap<Node, Node | null>(node)) return toConfigMap(node.items, at, reading, path);
  if (!isScalar(node)) return nothing;
  return toConfigScalar(node.value, at, path, problems);
}

/** A single value; one that JSON cannot say is a problem. */
export function toConfigScalar(
  value: unknown,
  at: Position,
  path: FieldPath,
  problems: ProblemCollector,
): ConfigNode {
  if (value === null || typeof value === 'boolean') return { kind: 'scalar', at, value };
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'scalar', at, value };
  if (typeof value === 'string' && value.isWellFormed()) return { kind: 'scalar', at, value };
  problems.add(at, path, 'is no value that JSON can say; write text, a number, true or false');
  return { kind: 'scalar', at, value: null };
}

/** Whether a map may have this name, null being none; one that it may not have is a problem. */
export function isConfigName(
  name: string | null,
  at: Position,
  path: FieldPath,
  problems: ProblemCollector,
): name is string {
  // An object would take `__proto__` for its prototype.
  if (name !== null && name !== '' && name !== '__proto__' && name.isWellFormed()) return true;
  problems.add(at, path, 'a name in a map has to be text; write `name: value`');
  return false;
}

function toConfigMap(
  pairs: readonly { readonly key: Node; readonly value: Node | null }[],
  at: Position,
  reading: Reading,
  path: FieldPath,
): ConfigMap {
  const { problems } = reading;
  const entries = new Map<string, ConfigEntry>();
  for (const { key, value } of pairs) {
    const keyAt = reading.position(key.range?.[0] ?? 0);
    const name = isScalar(key) && key.value !== null ? (key.source ?? '') : null;
    if (!isConfigName(name, keyAt, path, problems)) continue;
    const earlier = entries.get(name);
    if (earlier !== undefined) {
      problems.add(
        keyAt,
        [...path, name],
        `${quote(name)} is given twice, first on line ${earlier.keyAt.line}; keep one`,
      );
      continue;
    }
    const node: ConfigNode =
      value === null
        ? { kind: 'scalar', at: keyAt, value: null }
        : toConfigNode(value, reading, [...path, name]);
    entries.set(name, { keyAt, node });
  }
  return { kind: 'map', at, entries };
}
