import { Agent, request } from 'node:http';

// Asks about a key so many times a second, evenly, until it is stopped: node bench/parts/steady-verifications.ts URL TOKEN BODY PER_SECOND

const [url = '', token = '', body = '', perSecond = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const startMs = performance.now();
let asked = 0;

setInterval(() => {
  const due = ((performance.now() - startMs) / 1_000) * Number(perSecond);
  for (; asked < due; asked++) {
    const asking = request(`${url}/v1/verify`, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) throw new Error(`A verification was answered ${response.statusCode}.`);
      response.resume();
    });
    asking.end(body);
  }
}, 2);
