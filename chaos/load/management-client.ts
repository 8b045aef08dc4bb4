import { Agent, request } from 'undici';
import type { Node } from '../cluster/node.ts';

/** How a call to the management API ended. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: AnswerBody }
  /** Nobody knows whether it was done, or will be. */
  | { readonly kind: 'broken' };

/** What load reads of answers. */
export interface AnswerBody {
  readonly id?: string;
  readonly key?: string;
  readonly seq?: number;
  readonly pending?: boolean;
  readonly code?: string;
  readonly state?: string;
  readonly data?: readonly AnswerBody[];
  readonly next_cursor?: string | null;
}

export interface ManagementClient {
  call(node: Node, method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * A call waits this long for a node that has been stopped, whose network holds everything, or that waits for others; all of
 * it ends long before.
 */
const PATIENCE_MS = 60_000;

export function createManagementClient(operatorToken: string): ManagementClient {
  const agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS, connections: 64 });
  return {
    async call(node, method, path, body) {
      const { addresses } = node;
      if (addresses === null) return { kind: 'broken' };
      try {
        const response = await request(addresses.management + path, {
          dispatcher: agent,
          method,
          headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
          body: body === undefined ? null : JSON.stringify(body),
        });
        const text = await response.body.text();
        return { kind: 'answered', status: response.statusCode, body: JSON.parse(text) };
      } catch {
        return { kind: 'broken' };
      }
    },
    close: () => agent.destroy(),
  };
}
