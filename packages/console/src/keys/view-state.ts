import type { KeysPageKey } from '@keyhold/api/keys-page';

export const STATES = ['active', 'disabled', 'expired', 'revoked'] as const;
export const SORTS = ['created', 'name', 'used', 'expires'] as const;
export type Sort = (typeof SORTS)[number];

/** What of the list is shown, as the address of the page says it. What is not said is the default. */
export interface ViewState {
  readonly q?: string;
  readonly state?: KeysPageKey['state'];
  readonly env?: string;
  readonly sort?: Sort;
  /** The other way round than the sort's own. */
  readonly reverse?: true;
  /** From 2; the first page is not said. */
  readonly page?: number;
}

/** Reads what stands in the address; what makes no sense is left out. */
export function readViewState(search: Readonly<Record<string, unknown>>): ViewState {
  const { q, state, env, sort, reverse, page } = search;
  const number = Number(page);
  return {
    ...(typeof q === 'string' && q !== '' && { q: q.slice(0, 100) }),
    ...isOneOf('state', STATES, state),
    ...(typeof env === 'string' && env !== '' && { env }),
    ...isOneOf('sort', SORTS, sort),
    ...((reverse === true || reverse === 'true') && { reverse: true as const }),
    ...(Number.isSafeInteger(number) && number > 1 && { page: number }),
  };
}

function isOneOf<Name extends string, const Values extends readonly string[]>(
  name: Name,
  values: Values,
  value: unknown,
): { readonly [N in Name]?: Values[number] } {
  const known = values.find((one) => one === value);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed name loses its type
  return (known === undefined ? {} : { [name]: known }) as { readonly [N in Name]?: Values[number] };
}
