import { readRequestTarget } from '@keyhold/core';

/** The operation somebody is about to carry out: a method and a canonical path without its query. */
export interface OperationAttempt {
  readonly method: string;
  readonly path: string;
}

const METHOD = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** @returns null when the method is not in upper case or the target is not canonical; then nothing may be decided about it. */
export function toOperationAttempt(method: string, target: string): OperationAttempt | null {
  const read = readRequestTarget(target);
  return read.ok && METHOD.test(method) ? { method, path: read.path } : null;
}

/** Reads `METHOD /path`; a query is allowed and not looked at, as in a request. */
export function parseOperationAttempt(text: string): OperationAttempt | null {
  const space = text.indexOf(' ');
  return space === -1 ? null : toOperationAttempt(text.slice(0, space), text.slice(space + 1));
}
