import type { OPERATIONS } from '@keyhold/api';
import type { KeyholdClient } from '@keyhold/sdk';
import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';

// What these tests hold is held by the compiler.

type Table = typeof OPERATIONS;
type CalledId = {
  [Id in keyof Table]: Table[Id]['face'] extends 'management' | 'verification' ? Id : never;
}[keyof Table];
type AnsweringId = { [Id in CalledId]: [WireAnswer<Id>] extends [never] ? never : Id }[CalledId];

type Frozen<T> = T extends object ? { readonly [Name in keyof T]: Frozen<T[Name]> } : T;
type InputOf<Schema> = Schema extends z.ZodType ? Filled<z.input<Schema>> : unknown;
/** An object without fields adds nothing. */
type Filled<T> = T extends Readonly<Record<string, never>> ? unknown : T;
type BodyOf<Id extends keyof Table> = Table[Id]['body'] extends { readonly schema: infer Schema }
  ? InputOf<Schema>
  : unknown;
type Fields<Id extends keyof Table> = InputOf<Table[Id]['params']> & InputOf<Table[Id]['query']> & BodyOf<Id>;
type WireInput<Id extends keyof Table> =
  unknown extends Fields<Id> ? Readonly<Record<string, never>> : Frozen<Fields<Id>>;
type WireAnswer<Id extends keyof Table> = Frozen<
  {
    [Status in keyof Table[Id]['answers']]: Table[Id]['answers'][Status] extends {
      readonly schema: infer Schema;
    }
      ? Schema extends z.ZodType
        ? z.output<Schema>
        : never
      : never;
  }[keyof Table[Id]['answers']]
>;
type ClientInput<Id extends keyof KeyholdClient> = NonNullable<Parameters<KeyholdClient[Id]>[0]>;
type ClientAnswer<Id extends keyof KeyholdClient> = Awaited<ReturnType<KeyholdClient[Id]>>;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Differences = {
  [Id in keyof KeyholdClient]: Same<ClientInput<Id>, WireInput<Id>> extends true
    ? Same<ClientAnswer<Id>, WireAnswer<Id>> extends true
      ? never
      : { readonly answer: Id }
    : { readonly input: Id };
}[keyof KeyholdClient];

test('the client takes and answers with what the server reads and writes', () => {
  expectTypeOf<Differences>().toBeNever();
});

test('the client has every operation of management and verification that does not answer with a stream', () => {
  expectTypeOf<Exclude<AnsweringId, keyof KeyholdClient>>().toBeNever();
});
