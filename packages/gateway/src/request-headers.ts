import type { IncomingMessage } from 'node:http';
import type { VerifiedKey } from '@keyhold/coherence';
import type { ClientConnection } from './client-connection.ts';
import { headerRule } from './header-rule.ts';
import { withoutPageCookies } from './page-cookies.ts';

const NONE: readonly string[] = [];

export interface UpstreamHeadersRequest {
  readonly request: IncomingMessage;
  readonly connection: ClientConnection;
  readonly requestId: string;
  /** Null for operations that need no key. */
  readonly key: VerifiedKey | null;
  /** Lower case; null when the credential stays on the request. */
  readonly removedCredential: string | null;
  /** What the peer says of the request's origin is believed. */
  readonly peerTrusted: boolean;
}

/**
 * The headers that go to the upstream, flat: what the client sent, without what ends at this hop, could be taken for the
 * gateway's word, or is the credential; then the gateway's own, which nothing the client sends can remove.
 */
export function toUpstreamHeaders(options: UpstreamHeadersRequest): string[] {
  const { request, connection, key, removedCredential, peerTrusted } = options;
  const { rawHeaders } = request;
  const headers: string[] = [];
  let listed = NONE;
  let forwardedFor = '';
  let hasProto = false;
  let hasHost = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const rule = headerRule(rawHeaders[i]!);
    const value = rawHeaders[i + 1]!;
    if (rule.canonicalName === removedCredential) continue;
    if (rule.name === 'cookie') {
      const cookies = withoutPageCookies(value);
      if (cookies !== '') headers.push(rule.name, cookies);
    } else if (rule.kind === 'forward') {
      headers.push(rule.name, value);
    } else if (rule.kind === 'provenance') {
      if (!peerTrusted) continue;
      if (rule.name === 'x-forwarded-for') {
        forwardedFor += `${value}, `;
        continue;
      }
      if (rule.name === 'x-forwarded-proto') hasProto = true;
      else if (rule.name === 'x-forwarded-host') hasHost = true;
      headers.push(rule.name, value);
    } else if (rule.kind === 'connection') {
      listed = [...listed, ...readListedNames(value)];
    }
  }
  if (listed.length > 0) removeListed(headers, listed);
  headers.push('x-forwarded-for', forwardedFor + connection.peer, 'keyhold-request-id', options.requestId);
  if (!hasProto) headers.push('x-forwarded-proto', connection.encrypted ? 'https' : 'http');
  if (!hasHost && request.headers.host !== undefined) headers.push('x-forwarded-host', request.headers.host);
  if (key !== null) pushIdentity(headers, key);
  return headers;
}

function pushIdentity(headers: string[], key: VerifiedKey): void {
  headers.push('keyhold-key-id', key.id, 'keyhold-organization', key.organization);
  if (key.environment !== null) headers.push('keyhold-environment', key.environment);
  if (key.scopes.length > 0) headers.push('keyhold-scopes', key.scopes.join(' '));
}

/** The header names that a `Connection` value lists and the client may remove; the common values list none. */
function readListedNames(value: string): readonly string[] {
  if (value === 'keep-alive' || value === 'close') return NONE;
  return value
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !isKept(name));
}

/** What frames the body, and what a trusted proxy vouches for, is not the client's to remove. */
function isKept(name: string): boolean {
  return name === 'content-length' || name.startsWith('x-forwarded-') || name === 'x-real-ip';
}

function removeListed(headers: string[], listed: readonly string[]): void {
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    if (listed.includes(headers[i]!)) continue;
    headers[kept++] = headers[i]!;
    headers[kept++] = headers[i + 1]!;
  }
  headers.length = kept;
}
