/** The whole of Keyhold inside a Node process. */
export { createKeyhold, type Keyhold, type KeyholdOptions } from './create-keyhold.ts';
