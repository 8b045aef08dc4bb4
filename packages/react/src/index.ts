/** The API Keys page as a React component. */

export type { StringId, Strings } from '@keyhold/console/embedding';
export { ApiKeys, type ApiKeysProps } from './api-keys.tsx';
