import type { Operation } from './operation.ts';

/** Values by operation, found by the method and path of a request. */
export interface OperationIndex<T> {
  /** The value of this operation; parameter names do not tell two operations apart. */
  findOrAdd(operation: Operation, create: () => T): T;
  /** The value of the most specific operation that matches, its literal segments counting from the left. */
  find(method: string, path: string): T | undefined;
}

interface MethodIndex<T> {
  /** Paths without parameters: nothing is more specific, and looking one up takes no walk. */
  readonly exact: Map<string, T>;
  /** The other paths, segment by segment. */
  readonly root: Node<T>;
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  parameter: Node<T> | null;
  value: T | undefined;
}

export function createOperationIndex<T>(): OperationIndex<T> {
  const methods = new Map<string, MethodIndex<T>>();
  return {
    findOrAdd({ method, path, segments }, create) {
      const { exact, root } = getOrAdd(methods, method, () => ({ exact: new Map(), root: createNode<T>() }));
      if (!segments.includes(null)) return getOrAdd(exact, path, create);
      const node = segments.reduce(descend<T>, root);
      node.value ??= create();
      return node.value;
    },
    find(method, path) {
      const index = methods.get(method === 'HEAD' ? 'GET' : method);
      return index?.exact.get(path) ?? (index && walk(index.root, path, 1));
    },
  };
}

function createNode<T>(): Node<T> {
  return { literals: new Map(), parameter: null, value: undefined };
}

function descend<T>(node: Node<T>, segment: string | null): Node<T> {
  if (segment !== null) return getOrAdd(node.literals, segment, createNode<T>);
  node.parameter ??= createNode();
  return node.parameter;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const added = create();
  map.set(key, added);
  return added;
}

/** Tries the literal first and comes back for the parameter; no node is visited twice, whatever the path. */
function walk<T>(node: Node<T>, path: string, start: number): T | undefined {
  const slash = path.indexOf('/', start);
  const end = slash === -1 ? path.length : slash;
  const literal = node.literals.get(path.slice(start, end));
  const found = literal && (slash === -1 ? literal.value : walk(literal, path, end + 1));
  if (found !== undefined) return found;
  if (node.parameter === null || end === start) return undefined;
  return slash === -1 ? node.parameter.value : walk(node.parameter, path, end + 1);
}
