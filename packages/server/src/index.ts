/** The server's parts for those who start one from a program, and for the tests of the documentation. */

export {
  type Configuration,
  type ConfigurationResult,
  defaultConfiguration,
  loadConfiguration,
  readConfiguration,
  toConfiguration,
} from './config/configuration.ts';
export { FIELDS_NOT_BUILT, type NotBuilt } from './config/fields-not-built.ts';
export { type ConfigurationProblem, formatProblem } from './config/problem.ts';
export { type InProcess, type InProcessOptions, openInProcess } from './in-process/in-process.ts';
export { createLogger } from './logger.ts';
export { createSystemClock, systemRandomBytes } from './process/system-clock.ts';
export { type RunningServer, type ServerOptions, startServer } from './server.ts';
export { resolveSettings, type SettingSources, type Settings } from './settings/settings.ts';
export { VERSION } from './version.ts';
