import { KeyholdError, type OperatorId, parseInstantMs } from '@keyhold/core';
import type { OperatorRequest, OperatorService } from '../operators/operator-service.ts';
import type { Routes } from './call.ts';
import { toOperatorBody } from './resources.ts';

type OperatorRoutes = Routes<'createOperator' | 'listOperators' | 'revokeOperator'>;

export function createOperatorRoutes({ operators }: { readonly operators: OperatorService }): OperatorRoutes {
  return {
    createOperator: {
      check: (body) => operators.check(toRequest(body)),
      async handle({ context, body, idempotency }) {
        const outcome = await operators.create(context, toRequest(body), idempotency);
        const { record, seq, presentedKey, pending, replayed } = outcome;
        return {
          status: pending ? 202 : 201,
          body: {
            ...toOperatorBody(record, seq),
            token: presentedKey,
            ...(pending && { pending: true as const }),
          },
          replayed,
        };
      },
    },

    listOperators: {
      async handle({ operator, query, page }) {
        const { data, next } = await operators.list({
          ...(operator.keyspaces !== null && { keyspaces: operator.keyspaces }),
          ...(page.after !== undefined && { after: page.after }),
          limit: query.limit,
        });
        return {
          status: 200,
          body: { data: data.map((record) => toOperatorBody(record)), next_cursor: page.next(next) },
        };
      },
    },

    revokeOperator: {
      async handle({ context, params }) {
        const { id } = params;
        if (!isOperatorId(id)) {
          throw new KeyholdError(
            'operator_not_found',
            'There is no such operator; GET /v1/operators lists them.',
          );
        }
        const { record, seq } = await operators.revoke(context, id);
        return { status: 200, body: toOperatorBody(record, seq) };
      },
    },
  };
}

function isOperatorId(text: string): text is OperatorId {
  return /^op_[0-9a-z]{26}$/.test(text);
}

interface OperatorFields {
  readonly name?: string | undefined;
  readonly scopes?: OperatorRequest['scopes'] | undefined;
  readonly keyspaces?: readonly string[] | null | undefined;
  readonly expires_at?: string | null | undefined;
}

function toRequest({ name, scopes, keyspaces, expires_at }: OperatorFields): OperatorRequest {
  return {
    name: name ?? '',
    scopes: scopes ?? [],
    keyspaces: keyspaces ?? null,
    expiresAtMs: typeof expires_at === 'string' ? (parseInstantMs(expires_at) ?? Number.NaN) : null,
  };
}
