import { KeyholdError, type Keyspace } from '@keyhold/core';
import { writeAnswer, writeProblem } from '../http/answer.ts';
import { toProblem } from '../http/problem.ts';
import { toStaticPageHeaders } from '../static-pages/static-page-headers.ts';
import type { RawHandler } from '../verification/handler.ts';
import { createGuide } from './guide.ts';
import type { GuideDefinition } from './guide-definition.ts';
import { GUIDE_STYLE, renderGuidePage } from './guide-page.ts';

export interface GuideHandlersOptions {
  readonly guides: readonly GuideDefinition[];
  /** The keyspace as it is enforced at this moment. */
  readonly keyspace: (id: string) => Keyspace | undefined;
  /** Where customers call the API; null: not known. */
  readonly gatewayAddress: (keyspace: string) => string | null;
}

/**
 * The public guides, by path. Each is made anew for every request, in less time than it takes to send: the keyspace may
 * have changed, and a free port is known only once it is bound.
 */
export function createGuideHandlers({
  guides,
  keyspace: findKeyspace,
  gatewayAddress,
}: GuideHandlersOptions): Readonly<Record<string, RawHandler>> {
  const headers = toStaticPageHeaders(GUIDE_STYLE);
  const handlers = guides
    .filter(({ isPublic }) => isPublic)
    .map((guide): [string, RawHandler] => [
      `/guides/${guide.keyspace}`,
      (_request, response, requestId) => {
        const keyspace = findKeyspace(guide.keyspace);
        if (keyspace === undefined) {
          const problem = toProblem(new KeyholdError('route_not_found', ''), requestId);
          return writeProblem(response, problem, [], requestId);
        }
        const document = createGuide({ guide, keyspace, address: gatewayAddress(guide.keyspace) });
        writeAnswer(response, { status: 200, headers, body: renderGuidePage(document) }, requestId);
      },
    ]);
  return Object.fromEntries(handlers);
}
