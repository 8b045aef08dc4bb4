import { Command } from 'commander';
import { SETTING_NAMES } from '../config/settings-section.ts';
import { createLogger } from '../logger.ts';
import { renderBanner, renderJsonBanner, toGatewayUrls } from '../process/banner.ts';
import { stopOnSignals } from '../process/stop-signals.ts';
import { createSystemClock, systemRandomBytes } from '../process/system-clock.ts';
import { startServer } from '../server.ts';
import { readSecretSetting } from '../settings/secret-setting.ts';
import { VERSION } from '../version.ts';
import type { CommandIo } from './command-io.ts';
import { readServerSettings, type SettingFlags, withSettingFlags } from './serve-settings.ts';

export function createServeCommand(io: CommandIo): Command {
  return withSettingFlags(new Command('serve'), SETTING_NAMES)
    .description(
      'run the server; logs go to standard error, the banner of the first start to standard output',
    )
    .option('--accept-older-configuration', 'let a configuration come back that another has replaced')
    .option('--json', 'print the banner as JSON')
    .action(
      async ({
        acceptOlderConfiguration,
        json,
        ...flags
      }: SettingFlags & { readonly acceptOlderConfiguration?: string; readonly json?: string }) => {
        const { configuration, settings } = await readServerSettings(io, flags);
        // What this process makes on the disk is its own; a socket that others may open says so itself.
        process.umask(0o077);
        const clock = createSystemClock();
        const log = createLogger(settings.logLevel);
        process.on('uncaughtExceptionMonitor', (error) => log.error({ err: error }, 'Crashed.'));
        const server = await startServer({
          settings,
          configuration,
          acceptOlderConfiguration: acceptOlderConfiguration !== undefined,
          operatorToken: readSecretSetting('KEYHOLD_OPERATOR_TOKEN', io.environment),
          clock,
          randomBytes: systemRandomBytes,
          log,
        });
        stopOnSignals(async (signal) => {
          log.info({ signal }, 'Stopping: requests may finish.');
          try {
            await server.stop();
            log.info({}, 'Stopped.');
          } catch (error) {
            log.error({ err: error }, 'Stopping failed.');
            throw error;
          }
        });
        const { url, gateways, firstToken, setUpUrl } = server;
        const { keyspaces } = configuration;
        const nowMs = clock.nowMs();
        const facts = { version: VERSION, url, gateways, firstToken, setUpUrl, keyspaces, nowMs };
        io.print(json === undefined ? renderBanner(facts) : renderJsonBanner(facts));
        log.info(
          {
            version: VERSION,
            node_version: process.version,
            pid: process.pid,
            url,
            gateways: toGatewayUrls(gateways),
            data_directory: settings.dataDirectory,
          },
          'Ready.',
        );
      },
    );
}
