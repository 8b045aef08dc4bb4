import { startCaddy } from './_caddy.ts';
import { testDecisions } from './_decisions.ts';
import { testHostileClient } from './_hostile-client.ts';
import { describeProxy, type ProxyUnderTest } from './_proxy-fixture.ts';

const CADDY: ProxyUnderTest = {
  program: 'caddy',
  start: (asked, keyhold) =>
    startCaddy(asked, typeof keyhold === 'number' ? `127.0.0.1:${keyhold}` : `unix/${keyhold}`),
  gone: { status: 502, text: '' },
  refusesTwoCredentials: false,
};

describeProxy(CADDY, 'TCP', (fixture) => {
  testDecisions(fixture);
  testHostileClient(fixture);
});
describeProxy(CADDY, 'a Unix socket', testDecisions);
