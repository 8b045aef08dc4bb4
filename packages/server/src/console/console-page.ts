import { KeyholdError, readRequestTarget } from '@keyhold/core';
import { writeAnswer, writeProblem } from '../http/answer.ts';
import { toProblem } from '../http/problem.ts';
import { isSecureRequest } from '../http/secure-request.ts';
import type { Log } from '../observability/log.ts';
import { writePageFile } from '../pages/page-file-answer.ts';
import type { PageFiles } from '../pages/page-files.ts';
import { toDocumentHeaders } from '../pages/page-headers.ts';
import { type RawHandler, writeError } from '../verification/handler.ts';

/** Where the console stands on the management port. */
export const CONSOLE_PREFIX = '/console/';

/** The operator's console: one document for every address below the prefix, and the files that it loads. */
export function createConsolePage(options: {
  readonly pageFiles: PageFiles;
  readonly publicUrl: URL | null;
  readonly log: Log;
}): RawHandler {
  const { pageFiles, publicUrl, log } = options;

  async function serve(...[request, response, requestId]: Parameters<RawHandler>): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const error = new KeyholdError('method_not_allowed', 'This address answers to GET, HEAD.');
      return writeProblem(response, toProblem(error, requestId), ['Allow', 'GET, HEAD'], requestId);
    }
    const target = readRequestTarget(request.url ?? '');
    if (!target.ok || target.authority !== null) {
      throw new KeyholdError('invalid_request', 'The path is not in its one canonical spelling.');
    }
    const isSecure = isSecureRequest(request, publicUrl);
    const files = await pageFiles.read();
    const subPath = target.path.slice(CONSOLE_PREFIX.length);
    if (subPath.startsWith('assets/')) {
      const file = files.get(subPath);
      if (file === undefined) throw new KeyholdError('route_not_found', '');
      return writePageFile(request, response, file, { isSecure, requestId, isShared: false });
    }
    const document = files.get('console.html')?.plain.toString() ?? '';
    // It stands at many addresses, so what it loads is named from the root.
    const body = document.replaceAll('"./assets/', `"${CONSOLE_PREFIX}assets/`);
    writeAnswer(response, { status: 200, headers: toDocumentHeaders([], { isSecure }), body }, requestId);
  }

  return (request, response, requestId) => {
    serve(request, response, requestId).catch((error: unknown) =>
      writeError(response, error, requestId, log),
    );
  };
}

/** Whoever opens the port in a browser looks for the console. */
export const redirectToConsole: RawHandler = (_, response, requestId) => {
  writeAnswer(response, { status: 302, headers: ['Location', CONSOLE_PREFIX], body: '' }, requestId);
};
