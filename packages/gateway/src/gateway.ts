import { KeyholdError } from '@keyhold/core';
import type { GatewayDefinition } from './definition.ts';
import { findOwnRoute, findSharedRoute } from './find-route.ts';
import { createListener, type Listener } from './listener.ts';
import { LiveExchanges, timeoutIntervalMs } from './live-exchanges.ts';
import type { Gateway, GatewayOptions } from './ports.ts';
import type { GatewayContext } from './reception.ts';
import { compileRoute, type Route } from './route.ts';
import { readTlsContexts } from './tls-contexts.ts';

/**
 * Makes the reverse proxy in front of the APIs: one listener for each definition with an address of its own, and one for
 * all with hosts. Nothing is bound before `listen`.
 *
 * Every request is verified from memory before a byte of it goes on. One whose key stops being accepted while it is in
 * progress is ended on both sides: 401 (403 for a lost scope) if its answer had not begun, otherwise a closed connection.
 *
 * @throws {KeyholdError} `configuration_invalid` for an operation, a certificate or a set of listeners that cannot work.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { definitions, clock } = options;
  const timeoutsMs = definitions.flatMap(({ timeouts }) => [timeouts.answerMs, timeouts.idleMs]);
  const live = new LiveExchanges(clock, timeoutIntervalMs(timeoutsMs));
  const context: GatewayContext = { options, live, closing: false };
  const routes = definitions.map(compileRoute);
  const listeners = createListeners(context, routes);

  async function unbind(): Promise<void> {
    await Promise.all(listeners.map((listener) => listener.close()));
    await Promise.all(routes.map((route) => route.close()));
  }

  function closeIdle(): void {
    for (const listener of listeners) listener.closeIdle();
  }

  return {
    async listen() {
      const outcomes = await Promise.allSettled(listeners.map((listener) => listener.bind()));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) {
        await unbind();
        throw failed.reason;
      }
      return listeners.map((listener) => ({ keyspaces: listener.keyspaces, url: listener.url() }));
    },
    async close(deadlineMs) {
      context.closing = true;
      // Node marks a connection as idle only after the events of the request on it.
      live.onEnd = () => setImmediate(closeIdle);
      const cancel = clock.setTimer(deadlineMs, () => {
        live.cutAll();
        for (const listener of listeners) listener.closeAll();
      });
      await unbind();
      cancel();
      live.stop();
    },
  };
}

function createListeners(context: GatewayContext, routes: readonly Route[]): readonly Listener[] {
  const { sharedListener } = context.options;
  const own = routes.flatMap((route) => {
    const { listen, keyspace } = route.definition;
    if (listen.kind !== 'address') return [];
    const tls = readTlsContexts([route.definition]);
    const { host, port } = listen;
    return [
      createListener({ context, keyspaces: [keyspace], host, port, tls, findRoute: findOwnRoute(route) }),
    ];
  });
  const shared = routes.filter((route) => route.definition.listen.kind === 'hosts');
  if (shared.length === 0) return own;
  if (sharedListener === null) {
    throw new KeyholdError(
      'configuration_invalid',
      `The gateways of ${toNames(shared.map((route) => route.definition))} have hosts but there is no shared port; set --gateway-port.`,
    );
  }
  const onShared = createListener({
    context,
    keyspaces: shared.map((route) => route.definition.keyspace),
    ...sharedListener,
    tls: readTlsContexts(shared.map((route) => route.definition)),
    findRoute: findSharedRoute(shared),
  });
  return [...own, onShared];
}

function toNames(definitions: readonly GatewayDefinition[]): string {
  return definitions.map(({ keyspace }) => `"${keyspace}"`).join(', ');
}
