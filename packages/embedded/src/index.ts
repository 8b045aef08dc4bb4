/** The whole of Keyhold inside a Node process. */
export { createKeyhold, type Keyhold, type KeyholdLog, type KeyholdOptions } from './create-keyhold.ts';
