/** Tells who waits for a stack that it waits for a person: which hook, and what to run. */
import { pausedText } from '../engine/hooks.ts';
import type { EventRow, StackRow } from '../engine/ports/store.ts';
import type { Hooked } from '../store/reads/hooked.ts';
import { HOOKS } from '../template/resource-rules.ts';
import { clearCommand, toJsonHook } from './commands/hooks.ts';
import type { Session } from './session.ts';

const everyMs = 1_000;

/** What to run, where the event tells of a rest at a hook; null elsewhere. */
export function hintFor(event: EventRow, stack: Pick<StackRow, 'name'>): string | null {
  const hook = HOOKS.find((one) => event.reason === pausedText(one));
  return hook === undefined ? null : `  go on with: ${clearCommand({ top: stack.name, path: event.name, hook })}`;
}

/** Events of nested stacks are not followed, so it looks for them from time to time. Ends with `stop`. */
export function watchNestedHooks(session: Session, stack: StackRow): { stop(): void } {
  const told = new Set<string>();
  const look = async () => {
    const pending = await session.setpoint.store.listHooked(stack.id).catch(() => []);
    for (const one of pending.filter(({ path }) => path.includes('/'))) {
      const key = `${one.stack.id} ${one.version} ${one.hook} ${one.since}`;
      if (!told.has(key)) tell(session, one);
      told.add(key);
    }
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  return { stop: () => clearInterval(timer) };
}

function tell({ terminal }: Session, one: Hooked): void {
  if (terminal.json) terminal.printJson({ kind: 'paused', ...toJsonHook(one) });
  else terminal.print(`${one.path} rests at its hook ${one.hook}\n  go on with: ${clearCommand(one)}`);
}
