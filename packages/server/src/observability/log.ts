/** The log lines that the faces write. Fields never hold a key, a token or a header's value. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
