import { OPERATIONS, type Operation } from '@keyhold/api';
import { KeyholdError } from '@keyhold/core';
import { Hono } from 'hono';
import type { ManagementFace, ManagementOperationId, Routes } from './call.ts';
import { type ChokePointOptions, createChokePoint, type ManagementEnvironment } from './choke-point.ts';

/** Registers every management operation of the table; a method or path that is not in it is a problem like any other. */
export function createManagementApp(routes: Routes, options: ChokePointOptions): Hono<ManagementEnvironment> {
  const app = new Hono<ManagementEnvironment>();
  const chokePoint = createChokePoint(options);
  const operations = Object.entries<Operation>(OPERATIONS).filter(isManagement);
  for (const [id, { method, path }] of operations) {
    app.on(method, toPattern(path), chokePoint.serve(id, routes[id]));
  }
  for (const [path, ofPath] of Map.groupBy(operations, ([, { path }]) => path)) {
    const allow = ofPath.map(([, { method }]) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
    const error = new KeyholdError('method_not_allowed', `This address answers to ${allow}.`);
    app.all(toPattern(path), (c) => chokePoint.answerProblem(c, error, ['Allow', allow]));
  }
  app.notFound((c) => chokePoint.answerProblem(c, new KeyholdError('route_not_found', ''), []));
  app.onError((error, c) => chokePoint.answerProblem(c, error, []));
  return app;
}

function isManagement(entry: [string, Operation]): entry is [ManagementOperationId, Operation] {
  const face: Operation['face'] | ManagementFace = entry[1].face;
  return face === 'management' || face === 'console_door' || face === 'console';
}

/** `/v1/keys/{id}` → `/v1/keys/:id`. */
function toPattern(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
