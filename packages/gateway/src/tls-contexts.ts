import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { KeyholdError } from '@keyhold/core';
import type { GatewayDefinition } from './definition.ts';

/** The certificates of one listener. */
export interface TlsContexts {
  /** For a client that names no host. */
  readonly fallback: { readonly cert: Buffer; readonly key: Buffer };
  /** For `SNICallback`; a host that is not ours ends the handshake. */
  readonly select: (
    servername: string,
    callback: (error: Error | null, context?: SecureContext) => void,
  ) => void;
}

/**
 * Reads the certificates for one listener.
 *
 * @returns null when none of the definitions has one: plain HTTP.
 * @throws {KeyholdError} `configuration_invalid` for a file that cannot be used, and for a listener where only some of
 *   the hosts have a certificate.
 */
export function readTlsContexts(definitions: readonly GatewayDefinition[]): TlsContexts | null {
  const pairs = definitions.map((definition) => readPair(definition));
  const [first] = pairs;
  if (first === undefined || pairs.every((pair) => pair === null)) return null;
  const byHost = new Map<string, SecureContext>();
  for (const [i, definition] of definitions.entries()) {
    const pair = pairs[i];
    if (pair === null || pair === undefined) {
      throw new KeyholdError(
        'configuration_invalid',
        `The gateway of keyspace "${definition.keyspace}" has no "tls" but shares its port with one that has; give both a certificate.`,
      );
    }
    if (definition.listen.kind === 'hosts') {
      for (const host of definition.listen.hosts) byHost.set(host, pair.context);
    }
  }
  return {
    fallback: first!,
    select(servername, callback) {
      const context = byHost.size === 0 ? first!.context : byHost.get(servername.toLowerCase());
      if (context === undefined) callback(new Error(`No certificate for "${servername}".`));
      else callback(null, context);
    },
  };
}

function readPair({
  keyspace,
  tls,
}: GatewayDefinition): { cert: Buffer; key: Buffer; context: SecureContext } | null {
  if (tls === null) return null;
  try {
    const cert = readFileSync(tls.certPath);
    const key = readFileSync(tls.keyPath);
    return { cert, key, context: createSecureContext({ cert, key }) };
  } catch (error) {
    throw new KeyholdError(
      'configuration_invalid',
      `The certificate of the gateway of keyspace "${keyspace}" cannot be used (${tls.certPath}, ${tls.keyPath}); give a PEM certificate and its key.`,
      { cause: error },
    );
  }
}
