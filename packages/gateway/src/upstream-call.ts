/** Why a call to an upstream was aborted by the gateway. Made once: a stack trace for each request says nothing. */
export const ABORTED = new Error('The gateway ended this call.');

/** Interim (1xx) answers are not passed on; an upstream that sends more than these before its answer has failed. */
export const MAX_INTERIM_ANSWERS = 16;

/** Without a byte of a request's body for this long, the request has stopped arriving. nginx's `client_body_timeout`. */
export const REQUEST_IDLE_MS = 60_000;

/** How long what is under way stands still without a lease before it is given up. */
export const LEASE_WAIT_MS = 10_000;

/** No connection in time, or one that stopped answering below HTTP. */
export function isTimeout(error: Error): boolean {
  const code = codeOf(error);
  return code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT';
}

/** The connection broke under the request, as a kept-alive one does when the upstream closes it in that moment. */
export function isDeadConnection(error: Error): boolean {
  const code = codeOf(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
