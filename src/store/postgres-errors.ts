/** Which errors of PostgreSQL and of the network mean what. */

/** The transaction lost against another one and may simply be repeated. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40P01' || code === '40001';
}

/** A prepared statement is not known by its name, or by another's: a pooler has handed out another connection than the one that prepared it. */
export function isNameUnknown(error: unknown): boolean {
  const code = codeOf(error);
  return code === '26000' || code === '42P05';
}

const lostStates = /^(08|53|57P|58)|^25006$|^25P03$/;
const lostCodes = /^(E(CONN|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOST|NET|ADDR)|ENOENT$)/;
const lostMessages =
  /^Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/;

/** The server, or the way to it, is gone: it may come back. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== '') return lostStates.test(code) || lostCodes.test(code);
  if (error instanceof AggregateError) return error.errors.every(isLost);
  return error instanceof Error && lostMessages.test(error.message);
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
