/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. Members keep the order in which they were written, save that JavaScript puts whole-number names first. */
export interface JsonObject {
  readonly [name: string]: Json;
}
