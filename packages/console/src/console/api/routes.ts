import type { OPERATIONS } from '@keyhold/api';

/** The calls of `/v1` as the server's table of operations has them, by type alone: the page carries no schema. */

type Table = typeof OPERATIONS;
type Callable = Extract<Table[keyof Table], { readonly path: `/v1/${string}` }>;

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

/** `GET /v1/keys/{id}`. */
export type Route = Callable extends infer Each
  ? Each extends Callable
    ? `${Each['method']} ${Each['path']}`
    : never
  : never;

type OperationOf<R> = R extends `${infer Method} ${infer Path}`
  ? Extract<Callable, { readonly method: Method; readonly path: Path }>
  : never;

type Field<Of, Name extends string> = Of extends { readonly [N in Name]: infer Value } ? Value : never;
type Need<Name extends string, Value> = [Value] extends [never]
  ? { readonly [N in Name]?: undefined }
  : object extends Value
    ? { readonly [N in Name]?: Value }
    : { readonly [N in Name]: Value };

/** What a call is given: the parameters of its path, its query and its body, each where it has one. */
export type CallInput<R extends Route> = Need<'params', InputOf<Field<OperationOf<R>, 'params'>>> &
  Need<'query', InputOf<Field<OperationOf<R>, 'query'>>> &
  Need<'body', InputOf<Field<Field<OperationOf<R>, 'body'>, 'schema'>>> & { readonly signal?: AbortSignal };

type SuccessOf<Answers> = {
  [Status in keyof Answers]: Status extends 200 | 201 | 202
    ? OutputOf<Field<Answers[Status], 'schema'>>
    : never;
}[keyof Answers];

/** What a call answers with when it succeeds; null without a body. */
export type Answer<R extends Route> = [SuccessOf<Field<OperationOf<R>, 'answers'>>] extends [never]
  ? null
  : SuccessOf<Field<OperationOf<R>, 'answers'>>;
