import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { answerTo } from './_keyhold.ts';

/** Kept-alive connections to one server, so many that each of its workers has one at the other end. */
export interface VerifyingConnections {
  /**
   * Puts a key to the server over every connection at once.
   *
   * @returns for each `accepted`, the reason, or the status of an answer that is no verdict.
   */
  verify(presentedKey: string): Promise<readonly string[]>;
  close(): void;
}

const CONNECTIONS = 4;

export function openVerifyingConnections(url: string, operatorToken: string): VerifyingConnections {
  const agents = Array.from({ length: CONNECTIONS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));

  async function verify(agent: Agent, presentedKey: string): Promise<string> {
    const outgoing = request(`${url}/v1/verify`, {
      agent,
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    });
    const answer = answerTo(outgoing);
    outgoing.end(JSON.stringify({ key: presentedKey }));
    const response = await answer;
    const body = await json(response);
    if (response.statusCode !== 200) return String(response.statusCode);
    const { valid, reason } = body as { readonly valid: boolean; readonly reason?: string };
    return valid ? 'accepted' : (reason ?? 'no reason');
  }

  return {
    verify: (presentedKey) => Promise.all(agents.map((agent) => verify(agent, presentedKey))),
    close() {
      for (const agent of agents) agent.destroy();
    },
  };
}
