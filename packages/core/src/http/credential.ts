/** What a request presented. `presentedKey` is never logged. */
export type Credential =
  /** Nothing, or a scheme that is not ours: 401 with the bare challenge. */
  | { readonly kind: 'missing' }
  /** Two credentials, a tab after the scheme, a comma list: 400. */
  | { readonly kind: 'invalid_request' }
  /** Something was presented that cannot be a key of any shape: 401 `invalid_token`. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'presented'; readonly presentedKey: string };

/** Where a keyspace's keys stand in a request. `header` in lower case; `scheme` null when the header is the bare key. */
export interface CredentialRule {
  readonly header: string;
  readonly scheme: string | null;
}
