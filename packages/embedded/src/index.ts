/** The whole of Keyhold inside a Node process. */
export { createKeyhold, type Keyhold, type KeyholdLog, type KeyholdOptions } from './create-keyhold.ts';
export type { GatewayConfig, KeyholdConfig, KeyspaceConfig, SettingsConfig } from './keyhold-config.ts';
