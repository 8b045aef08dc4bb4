import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { call } from '../_http.ts';
import { testDecisions } from './_decisions.ts';
import { testHostileClient } from './_hostile-client.ts';
import { startAsked } from './_keyhold.ts';
import { startNginx } from './_nginx.ts';
import { reasonToLeaveOut } from './_program.ts';
import { describeProxy, type ProxyUnderTest } from './_proxy-fixture.ts';
import { startRelay } from './_relay.ts';

const NGINX: ProxyUnderTest = {
  program: 'nginx',
  start: (asked, keyhold) =>
    startNginx(asked, typeof keyhold === 'number' ? `127.0.0.1:${keyhold}` : `unix:${keyhold}`),
  gone: {
    status: 503,
    text: '{"type":"urn:keyhold:problem:unavailable","title":"Service unavailable","status":503,"code":"unavailable"}',
  },
  refusesTwoCredentials: true,
};

describeProxy(NGINX, 'TCP', (fixture) => {
  testDecisions(fixture);
  testHostileClient(fixture);
});
describeProxy(NGINX, 'a Unix socket', testDecisions);

describe('nginx', () => {
  const missing = reasonToLeaveOut('nginx');
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });

  test('drops its connection on every answer with a body, so it asks with HEAD', async () => {
    const asked = await startAsked();
    onTestFinished(() => asked.stop());
    const relay = await startRelay({ host: '127.0.0.1', port: Number(new URL(asked.keyhold.url).port) });
    onTestFinished(() => relay.close());
    const edit = { file: 'keyhold/ask.conf', remove: 'proxy_method HEAD;' };
    const nginx = await startNginx(asked, `127.0.0.1:${relay.port}`, edit);
    onTestFinished(() => nginx.stop());
    for (let i = 0; i < 5; i++) await call('GET', `${nginx.esmsUrl}/api/messages`);
    expect(relay.connections()).toBe(5);
  });
});
