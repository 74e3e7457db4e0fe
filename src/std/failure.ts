/**
 * A failure of the world, as data: it outlives the process that met it, so it is serialisable and holds no stack or cause.
 */

export interface Failure {
  /** A stable, upper-case word: PROVIDER, TIMEOUT, UNKNOWN, IDENTITY_TAKEN … */
  readonly code: string;
  /** A sentence for people; secrets already redacted. */
  readonly message: string;
  /** `later`: trying again may succeed; `never`: only another goal or a person can help. */
  readonly retry: 'later' | 'never';
}

export function failure(code: string, message: string, retry: Failure['retry'] = 'never'): Failure {
  return { code, message, retry };
}

/** What any thrown value says of itself. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return String(thrown);
}
