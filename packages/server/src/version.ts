import manifest from '../package.json' with { type: 'json' };

/** The version of this package. */
export const VERSION: string = manifest.version;

/**
 * What nodes of one cluster have to understand of each other: the lease protocol and the kinds of changes in the log.
 * Raised when an older version would not; it stands in every node's lease, for rolling upgrades.
 */
export const PROTOCOL_VERSION = 1;
