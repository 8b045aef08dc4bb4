import { type RunningServer, readConfiguration, resolveSettings, startServer } from '@keyhold/server';

type ServerOptions = Parameters<typeof startServer>[0];

export interface TestServerOptions extends Pick<ServerOptions, 'clock' | 'randomBytes' | 'decorateStore'> {
  /** What would stand in keyhold.yaml. */
  readonly yaml: string;
  /** Its data directory, unless the flags name another one. */
  readonly directory: string;
  readonly flags?: { readonly [flag: string]: string };
  /** Default: nobody hears. */
  readonly log?: ServerOptions['log'];
}

/** A whole server in this process, on free ports. @throws with what is wrong with the configuration. */
export async function startTestServer(options: TestServerOptions): Promise<RunningServer> {
  const { yaml, directory, flags = {}, log = { info() {}, warn() {}, error() {} }, ...given } = options;
  const read = readConfiguration('keyhold.yaml', yaml);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return await startServer({
    settings: resolveSettings({
      flags: { data: directory, port: '0', ...flags },
      environment: {},
      file: null,
      workingDirectory: directory,
    }),
    configuration: read.configuration,
    acceptOlderConfiguration: false,
    operatorToken: null,
    log,
    ...given,
  });
}
