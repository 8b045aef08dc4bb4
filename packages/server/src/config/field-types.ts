import {
  checkName,
  isCanonicalPath,
  isCidr,
  isEnvironmentName,
  isKeyholdError,
  isScopeName,
  type JsonObject,
  type Operation,
  parseDurationMs,
  parseOperation,
} from '@keyhold/core';
import { z } from 'zod';
import { quote } from './problem.ts';

/** The types that fields of the file have, each with the text that the reference shows for it. */

const MAX_FORMAT_CHARACTERS = 200;
const MAX_JSON_BYTES = 4096;
/** Ten years: longer is a mistake in the unit. */
const MAX_DURATION_MS = 3_660 * 86_400_000;

export function text(maxCharacters: number) {
  return z.string().min(1).max(maxCharacters);
}

export const template = text(MAX_FORMAT_CHARACTERS);

/** Says why a text is not what it should be, and what to write instead. */
export class Refusal {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Text that `convert` reads; a refusal becomes the field's problem. */
function converted<T>(maxCharacters: number, convert: (text: string) => T | Refusal) {
  return text(maxCharacters).transform((value, context): T => {
    const result = convert(value);
    if (!(result instanceof Refusal)) return result;
    context.addIssue({ code: 'custom', message: result.message });
    return z.NEVER;
  });
}

/** Text that `isRight` accepts; `what` says what it is not, and what to write. */
function checked(isRight: (text: string) => boolean, what: string) {
  return z.string().refine(isRight, { error: ({ input }) => `${quote(String(input))} ${what}` });
}

export const title = checked(
  (value) => checkName(value).ok,
  'is no title; use up to 100 visible characters on one line',
);

/** Names an environment; it becomes part of keys and of the header `Keyhold-Environment`. */
export const environmentName = checked(
  isEnvironmentName,
  'is no environment; use up to 32 letters, digits, _ and -',
);

/** Names a scope; commas and spaces part scopes on the wire. */
export const scopeName = checked(isScopeName, 'is no scope; use up to 64 letters, digits and : . _ / -');

export const featureName = checked(
  (value) => /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/.test(value),
  'is no feature; use up to 64 letters, digits and : . _ -',
);

/** Becomes a quoted-string of `WWW-Authenticate`. */
export const realm = checked(
  (value) => /^[ !#-[\]-~]{1,200}$/.test(value),
  'is no realm; use up to 200 visible ASCII characters without " and \\',
);

const RESERVED_HEADERS = [
  'host',
  'connection',
  'content-length',
  'content-type',
  'transfer-encoding',
  'te',
  'upgrade',
  'expect',
  'trailer',
  'keep-alive',
];

export const headerName = converted(64, (value) => {
  const name = value.toLowerCase();
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    return new Refusal(`${quote(value)} is no header; use letters, digits and -`);
  if (RESERVED_HEADERS.includes(name) || name.startsWith('keyhold-')) {
    return new Refusal(`the header ${quote(value)} has a meaning of its own; take another`);
  }
  return name;
});

export const schemeName = checked(
  (value) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$/.test(value),
  'is no authentication scheme; take Bearer, or null for the bare key',
);

function readDuration(value: string, least: number): number | Refusal {
  const ms = value === '0' ? 0 : parseDurationMs(value);
  if (ms === null || ms < least)
    return new Refusal(`${quote(value)} is no duration; write it as 90d, 15m, 30s or P90D`);
  return ms > MAX_DURATION_MS ? new Refusal(`${quote(value)} is more than ten years; check the unit`) : ms;
}

/** A duration in ms. */
export const durationMs = converted(32, (value) => readDuration(value, 1));

/** A duration in ms, or 0 for none. */
export const durationOrZeroMs = z.preprocess(
  (value) => (value === 0 ? '0' : value),
  converted(32, (value) => readDuration(value, 0)),
);

function readOperation(value: string): Operation | Refusal {
  try {
    return parseOperation(value);
  } catch (error) {
    if (!isKeyholdError(error)) throw error;
    return new Refusal(withoutFullStop(error.message));
  }
}

/** `METHOD /path`, as the file has it. */
const operation = converted(1024, (value) => {
  const read = readOperation(value);
  return read instanceof Refusal ? read : value;
});

/** An operation that can be called as it stands: no `{parameter}` in its path. */
export const concreteOperation = converted(1024, (value) => {
  const read = readOperation(value);
  return read instanceof Refusal || !read.segments.includes(null)
    ? read
    : new Refusal(`${quote(value)} has a {parameter}; write a path that works as it stands`);
});

/** Names an environment variable, as every shell takes it. */
export const environmentVariable = checked(
  (value) => /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(value),
  'is no environment variable; use up to 100 letters, digits and _, beginning with no digit',
);

/** A message of the rules, as the end of a line that names file and field. */
export function withoutFullStop(message: string): string {
  return message.replace(/\.$/, '');
}

export const operations = z.array(operation).max(1000);

export const cidr = converted(64, (value) =>
  isCidr(value)
    ? value
    : new Refusal(`${quote(value)} is no address range; write it as 10.0.0.0/8 or 2001:db8::/32`),
);

/** An http or https URL with nothing in it that would be lost: no user, no query, no fragment. */
export function parseServiceUrl(value: string): URL | Refusal {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return new Refusal(`${quote(value)} is no URL; write it as http://127.0.0.1:9201`);
  }
  if (url.username !== '' || url.password !== '')
    return new Refusal('holds a user name or a password; leave them out');
  if (/[?#]/.test(value)) return new Refusal(`${quote(value)} has a query or a fragment; leave them out`);
  if (!isCanonicalPath(url.pathname) || !value.startsWith(url.origin.split('//')[0]!)) {
    return new Refusal(`the path of ${quote(value)} is not in its canonical form; write it plainly`);
  }
  return url;
}

export const serviceUrl = converted(2048, parseServiceUrl);

/** `scheme://host[:port]`, as a browser writes it in `Origin`. */
export const origin = converted(255, (value) => {
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol) && url.origin === value) return value;
  return new Refusal(`${quote(value)} is no origin; write it as https://app.example.com, without a path`);
});

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `address:port`, IPv6 in brackets; port 0 takes a free one. */
function parseListenAddress(value: string): ListenAddress | Refusal {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    return new Refusal(`${quote(value)} is no address; write it as 127.0.0.1:9102`);
  return { host: (match[1] ?? match[2]!).toLowerCase(), port };
}

export const listenAddress = converted(255, parseListenAddress);

export const hostName = converted(253, (value) => {
  const host = value.toLowerCase();
  if (/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(host)) return host;
  return new Refusal(`${quote(value)} is no host name; write it as api.example.com, without a port`);
});

/** The mount of the self-service API: canonical, at least one segment, no slash at its end. */
export const mountPath = converted(200, (value) => {
  if (!isCanonicalPath(value) || value === '/' || value.endsWith('/') || value.includes('*')) {
    return new Refusal(`${quote(value)} is no path for a mount; write it as /api/api-keys`);
  }
  return value;
});

/** A JSON object, in the order written. */
export const jsonObject = z
  .custom<JsonObject>(isMapOfFields, { error: 'must be a map of fields: the JSON object to send' })
  .superRefine((body, context) => {
    if (Buffer.byteLength(JSON.stringify(body)) > MAX_JSON_BYTES) {
      context.addIssue({ code: 'custom', message: `is longer than ${MAX_JSON_BYTES} bytes; shorten it` });
    }
  });

function isMapOfFields(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
