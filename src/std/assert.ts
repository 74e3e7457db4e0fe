/** Assertions for what only our own mistake can cause. They are never caught to go on. */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The value, which must be there. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AssertionError(`${what} is missing`);
  return value;
}

/** For the arm of a switch that cannot be reached. */
export function never(value: never, what: string): never {
  throw new AssertionError(`${what}: ${JSON.stringify(value)} is not possible`);
}
