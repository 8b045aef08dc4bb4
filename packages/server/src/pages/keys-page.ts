import type { IncomingMessage, ServerResponse } from 'node:http';
import { KeyholdError } from '@keyhold/core';
import type { PageHandler, PageRequest } from '@keyhold/gateway';
import { writeAnswer, writeProblem } from '../http/answer.ts';
import { toProblem } from '../http/problem.ts';
import { createPageApi, type PageApiOptions } from './page-api.ts';
import { writePageFile } from './page-file-answer.ts';
import type { PageFiles } from './page-files.ts';
import { toDocumentHeaders } from './page-headers.ts';

export interface KeysPageOptions extends PageApiOptions {
  readonly pageFiles: PageFiles;
}

/** The script of the element, for pages of hosts; its name does not change with its content. */
const ELEMENT_SCRIPT = '/element.js';

/** The customer's API Keys page under one mount: the document, its files, and the calls that it makes. */
export function createKeysPage(options: KeysPageOptions): PageHandler {
  const { pageFiles, pageAddresses, log } = options;
  const api = createPageApi(options);

  async function serve(request: IncomingMessage, response: ServerResponse, page: PageRequest): Promise<void> {
    const { subPath, mount, isSecure, requestId } = page;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const error = new KeyholdError('method_not_allowed', 'This address answers to GET, HEAD.');
      return writeProblem(response, toProblem(error, requestId), ['Allow', 'GET, HEAD'], requestId);
    }
    const files = await pageFiles.read();
    if (subPath === '') {
      const document = files.get('index.html')?.plain.toString() ?? '';
      const headers = toDocumentHeaders(pageAddresses.hostOrigins(page.keyspace.id), { isSecure });
      // The page stands without a slash at its end, so what it loads is named from the root.
      const body = document.replaceAll('"./assets/', `"${mount}/assets/`);
      return writeAnswer(response, { status: 200, headers, body }, requestId);
    }
    const isShared = subPath === ELEMENT_SCRIPT;
    const file = isShared || subPath.startsWith('/assets/') ? files.get(subPath.slice(1)) : undefined;
    if (file === undefined) throw new KeyholdError('route_not_found', '');
    writePageFile(request, response, file, { isSecure, requestId, isShared });
  }

  return async (request, response, page) => {
    if (page.subPath.startsWith('/api/')) return await api(request, response, page);
    try {
      await serve(request, response, page);
    } catch (error) {
      const problem = toProblem(error, page.requestId);
      if (problem.status >= 500) {
        log.error({ err: error, request_id: page.requestId }, 'The pages could not be built or read.');
      }
      writeProblem(response, problem, [], page.requestId);
    }
  };
}
