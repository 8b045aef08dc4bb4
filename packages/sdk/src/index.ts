/** API keys verified inside your own process, from memory, and managed over HTTP. */

export type { RequestKey } from './answer/request-key.ts';
export {
  type AttachedVerifier,
  createVerifier,
  type VerifierEvent,
  type VerifierOptions,
  type VerifierStatus,
} from './attach/create-verifier.ts';
export type { CallOptions, CreateOptions } from './client/call-options.ts';
export { KeyholdApiError, KeyholdUnreachableError, type Problem } from './client/client-errors.ts';
export { type ClientOptions, createClient } from './client/create-client.ts';
export type * from './client/operations.ts';
export type { Page, Pages } from './client/pages.ts';
export {
  type KeyholdVerifier,
  type KeyIdentity,
  type KeyQuestion,
  type KeyVerification,
  type NodeAddress,
  type RequestVerifier,
  toKeyholdVerifier,
} from './keyhold-verifier.ts';
export type { ProtectionOptions } from './request/gate.ts';
export type { SelfServiceOptions } from './self-service/handover.ts';
