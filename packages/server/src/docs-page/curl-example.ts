import type { OpenApiOperation } from '@keyhold/api';

export interface CurlTarget {
  readonly method: string;
  readonly path: string;
  /** Where the operation is served, without a slash at the end. */
  readonly server: string;
}

/** A curl command that does what its example says once `$KEYHOLD_OPERATOR_TOKEN` (or `$PORTAL_TOKEN`) is set. */
export function toCurl({ method, path, server }: CurlTarget, operation: OpenApiOperation): string {
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoteUrl(server + fillPath(path, operation))}`,
  ];
  const [scheme] = operation.security.flatMap((requirement) => Object.keys(requirement));
  if (scheme !== undefined) {
    const variable = scheme === 'operator' ? 'KEYHOLD_OPERATOR_TOKEN' : 'PORTAL_TOKEN';
    lines.push(`-H "Authorization: Bearer $${variable}"`);
  }
  const [media] = Object.entries(operation.requestBody?.content ?? {});
  if (media !== undefined && operation.requestBody !== undefined)
    lines.push(...toBody(media[0], media[1].example));
  return lines.join(' \\\n  ');
}

function toBody(mediaType: string, example: unknown = {}): readonly string[] {
  if (mediaType === 'application/json') {
    return [`-H 'Content-Type: application/json'`, `-d ${quote(toReadableJson(example))}`];
  }
  return Object.entries(Object(example)).map(
    ([name, value]) => `--data-urlencode ${quote(`${name}=${String(value)}`)}`,
  );
}

/** On one line where that is short. */
function toReadableJson(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length <= 40 ? line : JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
}

function fillPath(path: string, operation: OpenApiOperation): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = operation.parameters?.find((one) => one.in === 'path' && one.name === name);
    const [example] = parameter?.schema.examples ?? [];
    return typeof example === 'string' ? example : name.toUpperCase();
  });
}

function quoteUrl(url: string): string {
  return /[?&*]/.test(url) ? quote(url) : url;
}

/** For a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
