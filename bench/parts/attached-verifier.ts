import { readFileSync } from 'node:fs';
import { createVerifier } from '@keyhold/sdk';

// A process that attaches and says what that took: node bench/parts/attached-verifier.ts URL TOKEN KEYSPACE

const [url = '', token = '', keyspace = ''] = process.argv.slice(2);
const startMs = performance.now();
const verifier = createVerifier({ url, token, keyspaces: [keyspace] });
await verifier.ready(120_000);
const attachedMs = performance.now() - startMs;
/** Since the process began, its own loading included. */
const servesMs = performance.now();
const status = readFileSync('/proc/self/status', 'utf8');
const megabytes = (field: string) =>
  (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024) / 1e6;
console.log(JSON.stringify({ attachedMs, servesMs, rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') }));
await verifier.close();
