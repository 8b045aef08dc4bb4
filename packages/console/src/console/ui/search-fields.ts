/** Reads fields of an address; what makes no sense is left out. */

export function readText<Name extends string>(
  search: Readonly<Record<string, unknown>>,
  name: Name,
): { readonly [N in Name]?: string } {
  const value = search[name];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed name loses its type
  return (typeof value === 'string' && value !== '' ? { [name]: value.slice(0, 200) } : {}) as {
    readonly [N in Name]?: string;
  };
}

export function readOneOf<Name extends string, const Values extends readonly string[]>(
  search: Readonly<Record<string, unknown>>,
  name: Name,
  values: Values,
): { readonly [N in Name]?: Values[number] } {
  const known = values.find((one) => one === search[name]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed name loses its type
  return (known === undefined ? {} : { [name]: known }) as { readonly [N in Name]?: Values[number] };
}
