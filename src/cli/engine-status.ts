/** What an engine process tells of itself over HTTP. */
import { type StatusServer, serveStatus } from '../main/observing/serve-status.ts';
import { messageOf } from '../std/failure.ts';
import type { Address } from './engine-options.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

/** As long as an engine's lease. */
const longestSilenceMs = 9_000;

/** `silence` is how long ago the lease was renewed. */
export async function serveEngineStatus(
  { setpoint }: Session,
  { host, port }: Address,
  leaving: AbortSignal,
  silence: () => number,
): Promise<StatusServer> {
  try {
    return await serveStatus(host, port, {
      notLive: () => failureOf(() => setpoint.throwIfEngineFailed()),
      notReady: () => {
        if (leaving.aborted) return 'it drains and leaves';
        return silence() > longestSilenceMs
          ? 'its lease could not be renewed: the database does not answer, or not in time'
          : null;
      },
      metrics: () => setpoint.metrics(),
    });
  } catch (error) {
    throw new UsageError('HTTP_ADDRESS', `${host}:${port} can't be listened on: ${messageOf(error)}`);
  }
}

function failureOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    return `the engine has died: ${messageOf(error)}`;
  }
}
