/** Largest body of every call but import. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Largest body of an import: 1,000 rows with full metadata. */
export const MAX_IMPORT_BODY_BYTES = 8 * 1024 * 1024;

/** The rest of a body beside its schema. */
export const json = { required: true, mediaType: 'application/json', maxBytes: MAX_BODY_BYTES } as const;
export const optionalJson = { ...json, required: false } as const;
