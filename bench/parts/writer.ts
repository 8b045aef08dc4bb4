import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** Writes at a rate, on a thread of its own, so that what it costs does not delay the probe. */
export interface WriterOptions {
  readonly url: string;
  readonly token: string;
  readonly keyIds: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
}

const { url, token, keyIds, perSecond, seconds }: WriterOptions = workerData;
const answers: Promise<unknown>[] = [];
const startMs = performance.now();
const count = perSecond * seconds;
while (answers.length < count) {
  while (answers.length < Math.min(count, ((performance.now() - startMs) / 1_000) * perSecond)) {
    answers.push(rename(keyIds[answers.length % keyIds.length] ?? '', `Write ${answers.length}`));
  }
  await delay(1);
}
await Promise.all(answers);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
parentPort?.postMessage(count / ((performance.now() - startMs) / 1_000));

async function rename(keyId: string, name: string): Promise<void> {
  const answer = await fetch(`${url}/v1/keys/${keyId}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!answer.ok) throw new Error(`A write was answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}
