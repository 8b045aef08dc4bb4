/** API keys verified inside your own process, from memory. */

export type { RequestKey } from './answer/request-key.ts';
export {
  type AttachedVerifier,
  createVerifier,
  type VerifierEvent,
  type VerifierOptions,
  type VerifierStatus,
} from './attach/create-verifier.ts';
export {
  type KeyholdVerifier,
  type KeyIdentity,
  type KeyQuestion,
  type KeyVerification,
  type RequestVerifier,
  toKeyholdVerifier,
} from './keyhold-verifier.ts';
export type { ProtectionOptions } from './request/gate.ts';
