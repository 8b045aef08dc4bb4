import { KeyholdError } from '../errors.ts';
import { isCanonicalPath } from '../http/request-target.ts';

/** One operation of an API: a method and a path pattern. */
export interface Operation {
  readonly method: string;
  /** As written, e.g. `/api/messages/{id}`. */
  readonly path: string;
  /** Between the slashes: a literal, or null for a `{parameter}`. A trailing slash ends them with an empty literal. */
  readonly segments: readonly (string | null)[];
}

/**
 * Reads an operation such as `GET /api/messages/{id}`. A parameter stands for one whole, non-empty segment.
 *
 * @throws {KeyholdError} `configuration_invalid` when the method is not in upper case or never reaches an upstream by
 *   itself, or the path is not canonical.
 */
export function parseOperation(text: string): Operation {
  const [, method, path] = /^([A-Z][A-Z0-9_-]*) (\/\S*)$/.exec(text) ?? [];
  if (method === undefined || path === undefined) {
    throw operationError(
      text,
      'is no operation; write a method in upper case, one space and a path: GET /messages/{id}',
    );
  }
  if (method === 'HEAD') throw operationError(text, 'is not needed; HEAD follows GET, list that');
  if (method === 'TRACE' || method === 'CONNECT')
    throw operationError(text, `cannot be opened; ${method} is never served`);
  const segments = path
    .slice(1)
    .split('/')
    .map((segment) => (/^\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(segment) ? null : segment));
  if (segments.some((segment) => segment !== null && /[{}]/.test(segment))) {
    throw operationError(text, 'has a parameter that is not a whole segment; write it as /{name}/');
  }
  if (!isCanonicalPath(`/${segments.map((segment) => segment ?? 'parameter').join('/')}`)) {
    throw operationError(
      text,
      'has a path that no request can have; leave out empty and dot segments, and escape only what must be, in upper case',
    );
  }
  return { method, path, segments };
}

function operationError(text: string, whatAndWhatToDo: string): KeyholdError {
  return new KeyholdError('configuration_invalid', `"${text}" ${whatAndWhatToDo}.`);
}
