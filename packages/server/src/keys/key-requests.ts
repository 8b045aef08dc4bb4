import type { IssueRequest, JsonObject, PatchRequest } from '@keyhold/core';
import { parseInstantMs } from '@keyhold/core';

/** The fields of a key as they come over the wire, in management, import and self-service. */
export interface KeyFields {
  readonly name?: string | undefined;
  readonly environment?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly expires_at?: string | null | undefined;
  readonly allowed_cidrs?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** A text that is no instant becomes NaN, which planning refuses together with whatever else is wrong. */
export function toIssueRequest(fields: KeyFields): IssueRequest {
  return { ...toPatchRequest(fields), name: fields.name ?? '', environment: fields.environment };
}

export function toPatchRequest(fields: KeyFields): PatchRequest {
  return {
    name: fields.name,
    scopes: fields.scopes,
    expiresAtMs: toExpiry(fields.expires_at),
    allowedCidrs: fields.allowed_cidrs,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was read as JSON, so it holds nothing else
    metadata: fields.metadata as JsonObject | undefined,
  };
}

function toExpiry(text: string | null | undefined): number | null | undefined {
  return typeof text === 'string' ? (parseInstantMs(text) ?? Number.NaN) : text;
}
