/**
 * After a request is committed: hand it in and leave, or start an engine here and stay until its traversal has ended. Leaving early loses
 * nothing, as the work is in the database.
 */
import type { EventRow } from '../engine/ports/store.ts';
import type { Accepted, Ended } from '../main/setpoint.ts';
import { isoTime } from './duration.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { formatDiagnostics } from './format-diagnostics.ts';
import { listenForInterrupt } from './interrupt.ts';
import { showProgress } from './live-progress.ts';
import { printSummary } from './print-summary.ts';
import type { Session } from './session.ts';
import { toJsonStack } from './stack-shapes.ts';
import { summarize } from './summarize.ts';

export interface FollowOptions {
  /** Hand in only. */
  readonly detach?: boolean;
  /** False: no engine of our own. */
  readonly engine?: boolean;
  /** What to do when it failed ends with a rollback; follow that, too. */
  readonly rollback?: boolean;
  /** False: it was accepted before. */
  readonly announce?: boolean;
}

export async function followWork(session: Session, accepted: Accepted, options: FollowOptions): Promise<ExitCode> {
  if (!session.terminal.json && options.announce !== false) await announce(session, accepted);
  await warnIfPaused(session);
  if (options.detach) return handIn(session, accepted);
  const interrupt = listenForInterrupt();
  try {
    const { ended, events } = await watch(session, accepted, interrupt.signal, options);
    if (ended === null) return leave(session, accepted, interrupt.exitCode() ?? exitCodes.interrupted);
    const summary = await summarize(session, accepted, ended, events);
    printSummary(session, summary);
    await finishCalls(session, interrupt.signal);
    return { complete: exitCodes.done, failed: exitCodes.failed, superseded: exitCodes.superseded }[summary.outcome];
  } finally {
    interrupt.stop();
  }
}

/** Most calls end so soon that nothing need be said of them. */
const silentMs = 1_000;

/** A call that was under way when a newer goal came would be lost with this process, and what cannot be looked for then be UNKNOWN. */
async function finishCalls({ setpoint, terminal }: Session, signal: AbortSignal): Promise<void> {
  await setpoint.drain(AbortSignal.any([signal, AbortSignal.timeout(silentMs)]));
  if (setpoint.inHand === 0 || signal.aborted) return;
  const calls = setpoint.inHand === 1 ? '1 resource' : `${setpoint.inHand} resources`;
  terminal.warn(`what is under way here with ${calls} is waited for; Ctrl-C leaves it to be looked for by whoever goes on`);
  await setpoint.drain(signal);
}

async function watch(
  session: Session,
  accepted: Accepted,
  signal: AbortSignal,
  options: FollowOptions,
): Promise<{ ended: Ended | null; events: EventRow[] }> {
  const { setpoint } = session;
  const events: EventRow[] = [];
  const progress = showProgress(session, accepted.stack);
  const onEvents = (fresh: readonly EventRow[]) => {
    events.push(...fresh);
    progress.onEvents(fresh);
  };
  if (options.engine !== false) setpoint.startEngine();
  const after = accepted.stack.eventSeq;
  const ended = await setpoint.watch(accepted.stack, accepted.traversal, {
    after,
    signal,
    onEvents,
    followRollback: options.rollback ?? accepted.stack.rollback,
  });
  // What was committed between the last look at the events and the look at the traversal.
  const last = ended === null ? [] : await setpoint.store.listEvents(accepted.stack.id, events.at(-1)?.seq ?? after);
  if (last.length > 0) onEvents(last);
  await progress.finish();
  return { ended, events };
}

async function announce({ setpoint, terminal }: Session, accepted: Accepted): Promise<void> {
  const { stack, goal, traversal, walked, warnings } = accepted;
  if (warnings.length > 0) terminal.warn(formatDiagnostics(warnings, terminal.colors));
  const before = traversal > 1 ? await setpoint.store.readTraversal(stack.id, traversal - 1) : null;
  const superseded =
    before?.state === 'superseded' && before.endedAt !== null
      ? `; it supersedes ${before.action}, traversal ${before.number}`
      : '';
  terminal.print(
    `${terminal.colors.bold(stack.name)}: ${stack.action} accepted as goal ${goal}, traversal ${traversal}: ${walked} ${walked === 1 ? 'node' : 'nodes'} to walk${superseded}`,
  );
}

/** Or it would look as if nothing happened. */
async function warnIfPaused({ setpoint, terminal }: Session): Promise<void> {
  const gate = await setpoint.store.readGate();
  if (gate.state !== 'paused') return;
  const why = gate.reason === '' ? '' : ` (${gate.reason})`;
  terminal.warn(`all engines are paused since ${isoTime(gate.since)}${why}: it waits for setpoint unpause`);
}

function handIn({ terminal }: Session, { stack, goal, traversal, walked }: Accepted): ExitCode {
  if (terminal.json)
    terminal.printJson({ kind: 'accepted', goal, traversal, walked, at: isoTime(Date.now()), stack: toJsonStack(stack) });
  else terminal.print(`It is in the database; an engine goes on with it: setpoint engine, or any setpoint command that waits.`);
  return exitCodes.done;
}

function leave({ terminal }: Session, { stack, traversal }: Accepted, code: ExitCode): ExitCode {
  const message = `left ${stack.name} while ${stack.action} (traversal ${traversal}) is under way; the work is in the database`;
  if (terminal.json) terminal.printJson({ kind: 'left', stack: stack.name, traversal });
  else
    terminal.warn(
      `\n${message}.\nGo on with: setpoint engine --until-idle, or any setpoint up, down, retry …; undo with: setpoint cancel -s ${stack.name}`,
    );
  return code;
}
