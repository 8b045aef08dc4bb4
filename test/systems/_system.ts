import { DatabaseSync } from 'node:sqlite';
import { composeConfiguration, type System } from '../../examples/demo/configuration.ts';
import { type RunningApp, startApp } from '../../examples/demo/start-app.ts';
import { type Keyhold, startKeyhold } from '../_harness.ts';

/** One of the three systems as its example has it: its configuration on free ports, its upstream, a Keyhold process. */
export interface RunningSystem {
  readonly keyhold: Keyhold;
  /** Where customers call the API: the gateway's listener. */
  readonly apiUrl: string;
  stop(): Promise<void>;
}

export async function startSystem(
  system: System,
  createUpstream: (database: DatabaseSync) => Parameters<typeof startApp>[0],
): Promise<RunningSystem> {
  const upstream: RunningApp = await startApp(createUpstream(new DatabaseSync(':memory:')), 0);
  const keyhold = await startKeyhold(composeConfiguration([system], { [system]: upstream.url }));
  return {
    keyhold,
    apiUrl: keyhold.gateway(system),
    async stop() {
      await keyhold.stop();
      await upstream.close();
    },
  };
}
