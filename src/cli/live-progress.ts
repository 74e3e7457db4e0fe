/**
 * Progress while a command waits: a drawing renewed in place where a person watches, one line per event elsewhere. It only looks; when it
 * looks too slowly for a large stack it looks less often.
 */
import type { EventRow, StackRow } from '../engine/ports/store.ts';
import { clearCommand } from './commands/hooks.ts';
import { drawProgress } from './draw-progress.ts';
import { formatEvent, toJsonEvent } from './event-shapes.ts';
import { hintFor, watchNestedHooks } from './hook-notice.ts';
import type { Session } from './session.ts';
import type { RequiresByName } from './stack-tree.ts';

export interface Progress {
  onEvents(events: readonly EventRow[]): void;
  /** The last state stays on the screen. */
  finish(): Promise<void>;
}

export function showProgress(session: Session, stack: StackRow): Progress {
  if (session.terminal.isLive) return new LiveProgress(session, stack);
  const { terminal } = session;
  const nested = watchNestedHooks(session, stack);
  const show = (event: EventRow) => {
    if (terminal.json) return terminal.printJson({ kind: 'event', ...toJsonEvent(event) });
    terminal.print(formatEvent(event, terminal.colors));
    const hint = hintFor(event, stack);
    if (hint !== null) terminal.print(hint);
  };
  return { onEvents: (events) => events.forEach(show), finish: async () => nested.stop() };
}

/** As many as there is room for. */
const mostPending = 3;

class LiveProgress implements Progress {
  private readonly session: Session;
  private readonly stack: StackRow;
  private readonly startedAt = Date.now();
  private requires: { readonly goal: number; readonly names: RequiresByName } | null = null;
  private drawn = 0;
  private timer: NodeJS.Timeout | undefined;
  private drawingNow: Promise<void> = Promise.resolve();

  constructor(session: Session, stack: StackRow) {
    this.session = session;
    this.stack = stack;
    this.schedule(50);
  }

  onEvents(): void {}

  async finish(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.drawingNow;
    await this.draw();
  }

  private schedule(ms: number): void {
    this.timer = setTimeout(() => {
      const began = performance.now();
      this.drawingNow = this.draw().then(() => {
        if (this.timer !== undefined) this.schedule(Math.max(120, (performance.now() - began) * 10));
      });
    }, ms);
  }

  private async draw(): Promise<void> {
    const { setpoint, terminal } = this.session;
    const view = await setpoint.store.readStack(this.stack.id);
    if (view === null || view.stack.deletedAt !== null) return this.replace([]);
    const { columns, rows } = terminal.size();
    const requires = await this.loadRequires(view.stack.goal);
    const pending = await setpoint.store.listHooked(this.stack.id);
    this.replace(
      drawProgress({
        pending: pending.slice(0, mostPending).map((one) => `${one.path} waits for you: ${clearCommand(one)}`),
        view,
        requires,
        now: setpoint.clock.now(),
        wallTime: Date.now(),
        startedAt: this.startedAt,
        columns,
        rows,
        colors: terminal.colors,
      }),
    );
  }

  private async loadRequires(goal: number): Promise<RequiresByName> {
    if (this.requires?.goal === goal) return this.requires.names;
    const definitions = await this.session.setpoint.store.readDefinitions(this.stack.id, goal);
    const names = new Map([...definitions].map(([name, { definition }]) => [name, definition.requires]));
    this.requires = { goal, names };
    return names;
  }

  private replace(lines: readonly string[]): void {
    this.session.terminal.redraw(lines, this.drawn);
    this.drawn = lines.length;
  }
}
