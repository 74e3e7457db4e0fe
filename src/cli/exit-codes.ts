/** How the process ends; scripts rely on these numbers. */

export const exitCodes = {
  done: 0,
  /** The work was done as far as possible and did not succeed; or a check found something. */
  failed: 1,
  /** Wrong usage, an invalid template, a refused request: nothing has happened. */
  usage: 2,
  /** Another request superseded this one before it ended. */
  superseded: 3,
  /** Ctrl-C: the work stays in the database. */
  interrupted: 130,
} as const;

export type ExitCode = number;
