/** What it takes to show the API Keys page inside another page: the element is made of it, and `@keyhold/react`. */

export { createKeysClient, type KeysClient } from '../api/keys-client.ts';
export { createTokenSource } from '../api/token-source.ts';
export type { StringId, Strings } from '../strings.ts';
export { ShadowKeys } from './shadow-keys.tsx';
export { shadowStyles } from './styles.ts';
