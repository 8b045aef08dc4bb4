/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. The order of its members is the order in which they were written. */
export interface JsonObject {
  readonly [name: string]: Json;
}
