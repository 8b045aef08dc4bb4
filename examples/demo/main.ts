import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { createHost as createEsmsHost } from '../esms-africa/host.ts';
import { createUpstream as createEsmsUpstream } from '../esms-africa/upstream.ts';
import { createUpstream as createEsimUpstream } from '../local-esim/upstream.ts';
import { createHost as createLeadsHost } from '../localleads/host.ts';
import { createUpstream as createLeadsUpstream } from '../localleads/upstream.ts';
import { composeConfiguration, SYSTEMS } from './configuration.ts';
import { showEsmsAfrica } from './esms-africa.ts';
import { type KeyholdProcess, startKeyhold } from './keyhold-process.ts';
import { showLocalEsim } from './local-esim.ts';
import { showLocalLeads } from './localleads.ts';
import { createOperator } from './operator.ts';
import { type RunningApp, startApp } from './start-app.ts';
import { printSection } from './step.ts';

// npm run demo [-- --free-ports]
//
// Keyhold as its users start it, with the three example systems behind it, on data that is gone when it stops. What it
// prints can be pasted into a shell, line by line or whole.

const PORTS = {
  management: 8080,
  upstreams: { 'local-esim': 9201, 'esms-africa': 9202, localleads: 9203 },
  hosts: { 'esms-africa': 9302, localleads: 9303 },
} as const;

const UPSTREAMS = {
  'local-esim': createEsimUpstream,
  'esms-africa': createEsmsUpstream,
  localleads: createLeadsUpstream,
} as const;

async function runDemo(freePorts: boolean, stopped: Promise<unknown>): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-demo-'));
  stack.defer(() => rm(directory, { recursive: true }));

  async function start(app: Parameters<typeof startApp>[0], port: number): Promise<RunningApp> {
    const running = await startApp(app, freePorts ? 0 : port);
    stack.defer(() => running.close());
    return running;
  }

  // Stopped after the upstreams, although it starts after them: what still runs through it ends with them at once.
  let keyhold: KeyholdProcess | undefined;
  stack.defer(() => keyhold?.stop());

  const upstreams: { [system: string]: string } = {};
  for (const system of SYSTEMS) {
    const database = new DatabaseSync(join(directory, `${system}.db`));
    stack.defer(() => database.close());
    const upstream = await start(UPSTREAMS[system](database), PORTS.upstreams[system]);
    upstreams[system] = upstream.url;
  }

  const configFile = join(directory, 'keyhold.yaml');
  await writeFile(configFile, composeConfiguration(SYSTEMS, freePorts ? upstreams : null));
  keyhold = await startKeyhold({
    configFile,
    dataDirectory: join(directory, 'data'),
    port: freePorts ? 0 : PORTS.management,
  });
  if (keyhold.printedOperatorToken === null) throw new Error('Keyhold printed no operator token.');
  const operator = createOperator(keyhold.url, keyhold.printedOperatorToken);

  const esmsUrl = keyhold.gateway('esms-africa');
  const leadsUrl = keyhold.gateway('localleads');
  const access = { keyholdUrl: operator.url, operatorToken: operator.token };
  const esmsHost = await start(
    createEsmsHost({ ...access, apiKeysUrl: `${esmsUrl}/api/api-keys` }),
    PORTS.hosts['esms-africa'],
  );
  const leadsHost = await start(
    createLeadsHost({
      ...access,
      apiKeysUrl: `${leadsUrl}/api/v1/api-keys`,
      keysPageUrl: `${leadsUrl}/keys`,
    }),
    PORTS.hosts.localleads,
  );

  const sections = [
    await showLocalEsim(operator, keyhold.gateway('local-esim')),
    await showEsmsAfrica(operator, esmsUrl, esmsHost.url),
    await showLocalLeads(operator, leadsUrl, leadsHost.url),
  ];
  console.log(`# Keyhold answers on ${keyhold.url}; its data lies in ${directory} until the demo stops.`);
  console.log(
    '# Each command stands above what it answers: the status, then the body, where … is anything.\n',
  );
  console.log(sections.map(printSection).join('\n'));
  console.log('# Ready. Ctrl-C stops everything and removes the data.');

  const ended = await Promise.race([stopped.then(() => null), keyhold.exited]);
  if (ended !== null) throw new Error(`Keyhold stopped by itself:\n${keyhold.output()}`);
  console.log('\n# Stopping.');
}

const stopped = new Promise((resolve) => {
  // Again and again: a second Ctrl-C must not leave anything behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve);
});
const { values } = parseArgs({ options: { 'free-ports': { type: 'boolean', default: false } } });
try {
  await runDemo(values['free-ports'], stopped);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`The demo could not go on: ${message}`);
  if (/EADDRINUSE|in use/.test(message)) {
    console.error('Stop what uses the port, or let the demo take free ones: npm run demo -- --free-ports');
  }
  process.exitCode = 1;
}
