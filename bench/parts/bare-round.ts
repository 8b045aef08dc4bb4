import { Client } from 'pg';

/**
 * The least that a write can do which returns when every other node has it, in this process and without any of Keyhold:
 * a durable commit, a notice to the others, each of which reads what was written and acknowledges it, and a read that finds
 * the acknowledgements. One connection each, the statements of a party in one message where they can be.
 */
export async function startBareRound(connectionString: string, others: number) {
  const connect = async () => {
    const client = new Client({ connectionString });
    await client.connect();
    return client;
  };
  const writer = await connect();
  await writer.query(
    'CREATE TABLE bare_change (seq bigserial PRIMARY KEY, payload text); CREATE TABLE bare_ack (node int PRIMARY KEY, seq bigint); LISTEN bare_acked',
  );
  const nodes = await Promise.all(Array.from({ length: others }, connect));
  for (const [index, node] of nodes.entries()) {
    await node.query(`INSERT INTO bare_ack VALUES (${index}, 0); LISTEN bare_written`);
    node.on('notification', () => void acknowledge(node, index));
  }
  let told = () => {};
  writer.on('notification', () => told());

  async function acknowledge(node: Client, index: number): Promise<void> {
    const { rows } = await node.query('SELECT max(seq) AS seq FROM bare_change');
    await node.query(
      `BEGIN; SET LOCAL synchronous_commit = off; UPDATE bare_ack SET seq = ${rows[0].seq} WHERE node = ${index}; COMMIT; NOTIFY bare_acked`,
    );
  }

  return {
    /** @returns how long it took, in ms. */
    async write(): Promise<number> {
      const startMs = performance.now();
      let seen = Promise.withResolvers<void>();
      told = () => seen.resolve();
      const inserted = await writer.query(
        `INSERT INTO bare_change (payload) VALUES (repeat('x', 300)) RETURNING seq`,
      );
      await writer.query('NOTIFY bare_written');
      const { seq } = inserted.rows[0];
      for (;;) {
        await seen.promise;
        seen = Promise.withResolvers();
        const { rows } = await writer.query(`SELECT count(*) AS missing FROM bare_ack WHERE seq < ${seq}`);
        if (Number(rows[0].missing) === 0) return performance.now() - startMs;
      }
    },
    async close(): Promise<void> {
      await Promise.all([writer, ...nodes].map((client) => client.end()));
    },
  };
}
