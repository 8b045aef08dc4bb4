import type { DatabaseConnection, Driver } from 'kysely';

/** A driver for Kysely that hands out one connection, inside a transaction that whoever calls an operation has begun. */
export function createSingleConnectionDriver(executeQuery: DatabaseConnection['executeQuery']): Driver {
  const connection: DatabaseConnection = {
    executeQuery,
    streamQuery() {
      throw new TypeError('Statements are not streamed; read the snapshot instead.');
    },
  };
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    destroy: async () => {},
    beginTransaction: refuseTransaction,
    commitTransaction: refuseTransaction,
    rollbackTransaction: refuseTransaction,
  };
}

async function refuseTransaction(): Promise<void> {
  throw new TypeError('Operations run inside a transaction that exists already.');
}
