import type { JsonObject } from './json.ts';
import type { DenialResponses } from './http/denial.ts';
import type { KeyFormat } from './key/key-format.ts';
import type { KeyMask } from './key/key-mask.ts';
import type { OperationTable } from './scope/operation-table.ts';

/**
 * One family of keys as the configuration declares it, with every default filled in. Plain JSON: this is what the
 * store keeps, what the change log carries, and what {@link compileKeyspace} compiles.
 */
export interface KeyspaceDefinition {
  readonly id: string;
  readonly title: string | null;
  /** The `realm` of every challenge; the keyspace's id unless configured. */
  readonly realm: string;
  /** Where the key stands in a request. `header` in lower case; `scheme` null when the header holds the bare key. */
  readonly credential: { readonly header: string; readonly scheme: string | null };
  readonly key: {
    readonly format: string;
    readonly masked: string;
    /** Formats that are recognised and never issued. */
    readonly alsoAccepted: readonly string[];
  };
  /** Empty: keys of this keyspace have no environment. */
  readonly environments: readonly string[];
  /** A subset of `environments`; keys of the others are denied. */
  readonly acceptsEnvironments: readonly string[];
  /** Scope name → its operations (`METHOD /path`). Null: no scopes, every path is open. */
  readonly scopes: { readonly [scope: string]: readonly string[] } | null;
  readonly requiresFeature: string | null;
  readonly recycle: { readonly maxGraceMs: number };
  readonly limits: {
    readonly activeKeysPerOrganization: number | null;
    readonly maxLifetimeMs: number | null;
  };
  /** All keys are denied and none can be issued. */
  readonly retired: boolean;
  /** Bodies of this keyspace's own, sent as compact JSON in the order written. Absent: problem details (RFC 9457). */
  readonly errors: {
    readonly unauthorized?: JsonObject;
    readonly forbidden?: JsonObject;
    readonly invalidRequest?: JsonObject;
    readonly unavailable?: JsonObject;
  };
}

/** A keyspace compiled once and used on every request. Immutable; a configuration change compiles a new one. */
export interface Keyspace {
  readonly id: string;
  readonly definition: KeyspaceDefinition;
  /** What new keys are minted with. */
  readonly format: KeyFormat;
  readonly mask: KeyMask;
  /** Every format whose keys are recognised: `format` first, then the accepted ones and those once issued under. */
  readonly recognisedFormats: readonly KeyFormat[];
  /** Null: no scopes, every path is open. */
  readonly operations: OperationTable | null;
  readonly denials: DenialResponses;
}
