import type { OPERATIONS } from '@keyhold/api';
import type { CONSOLE_OPERATIONS, PERSON_OPERATIONS } from '@keyhold/api/console';
import type { AwaitedRoutes } from './awaited-routes.ts';

/** The calls of `/v1` as the server's table of operations has them, by type alone: the page carries no schema. */

type Tables = typeof OPERATIONS & typeof CONSOLE_OPERATIONS & typeof PERSON_OPERATIONS;
type Callable = Extract<Tables[keyof Tables], { readonly path: `/v1/${string}` }>;

/** What Zod says of a schema, without Zod. */
interface Shape<Input, Output> {
  readonly _zod: { readonly input: Input; readonly output: Output };
}
type InputOf<Schema> = Schema extends Shape<infer Input, unknown> ? Loose<Input> : never;
/** A field that may be left out may be undefined; it is not sent then. */
type Loose<Input> = {
  readonly [Name in keyof Input]: Input[Name] | (undefined extends Input[Name] ? undefined : never);
};
type OutputOf<Schema> = Schema extends Shape<unknown, infer Output> ? Output : never;

type OperationOf<R> = R extends `${infer Method} ${infer Path}`
  ? Extract<Callable, { readonly method: Method; readonly path: Path }>
  : never;

/** `GET /v1/keys/{id}`. */
export type Route =
  | (Callable extends infer Each
      ? Each extends Callable
        ? `${Each['method']} ${Each['path']}`
        : never
      : never)
  | keyof AwaitedRoutes;

type SuccessOf<Answers> = {
  [Status in keyof Answers]: Status extends 200 | 201 | 202
    ? Answers[Status] extends { readonly schema: infer Schema }
      ? OutputOf<Schema>
      : never
    : never;
}[keyof Answers];

type Field<Of, Name extends string> = Of extends { readonly [N in Name]: infer Value } ? Value : never;
type BodySchema<R> = Field<Field<OperationOf<R>, 'body'>, 'schema'>;

type ParamsOf<R> = R extends keyof AwaitedRoutes
  ? Field<AwaitedRoutes[R], 'params'>
  : InputOf<Field<OperationOf<R>, 'params'>>;
type QueryOf<R> = R extends keyof AwaitedRoutes
  ? Field<AwaitedRoutes[R], 'query'>
  : InputOf<Field<OperationOf<R>, 'query'>>;
type BodyOf<R> = R extends keyof AwaitedRoutes ? Field<AwaitedRoutes[R], 'body'> : InputOf<BodySchema<R>>;

type Need<Name extends string, Value> = [Value] extends [never]
  ? { readonly [N in Name]?: undefined }
  : object extends Value
    ? { readonly [N in Name]?: Value }
    : { readonly [N in Name]: Value };

/** What a call is given: the parameters of its path, its query and its body, each where it has one. */
export type CallInput<R extends Route> = Need<'params', ParamsOf<R>> &
  Need<'query', QueryOf<R>> &
  Need<'body', BodyOf<R>> & { readonly signal?: AbortSignal };

/** What a call answers with when it succeeds; null without a body. */
export type Answer<R extends Route> = R extends keyof AwaitedRoutes
  ? AwaitedRoutes[R]['answer']
  : [SuccessOf<Field<OperationOf<R>, 'answers'>>] extends [never]
    ? null
    : SuccessOf<Field<OperationOf<R>, 'answers'>>;
