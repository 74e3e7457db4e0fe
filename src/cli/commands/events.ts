/** `setpoint events`: what has happened, in the order in which it was committed; also of a stack that was deleted. */
import type { Command } from 'commander';
import type { EventRow, StackRow } from '../../engine/ports/store.ts';
import { formatEvent, toJsonEvent } from '../event-shapes.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { pause } from '../pause.ts';
import { chosenStackEvenDeleted, onDatabase, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

interface EventsOptions {
  readonly follow?: boolean;
  readonly after?: string;
  readonly last?: string;
  readonly resource?: string;
}

const pageSize = 10_000;

export function addEvents(program: Command): void {
  program
    .command('events')
    .description('what has happened')
    .option('-f, --follow', 'go on until the stack is deleted, or Ctrl-C')
    .option('--after <seq>', 'only events with a higher number')
    .option('-n, --last <count>', 'only so many, the last ones')
    .option('--resource <name>', 'only those of one resource')
    .action(
      onDatabase<EventsOptions>(async (session, options) => {
        const stack = await chosenStackEvenDeleted(session);
        const after = wholeNumber(options.after, '--after') ?? 0;
        const last = wholeNumber(options.last, '--last');
        const seen =
          last === null ? await printFrom(session, stack, after, options) : await printLast(session, stack, after, last, options);
        return options.follow ? follow(session, stack, seen, options) : exitCodes.done;
      }),
    );
}

/** A stack may have had any number of them. Gives the number of the last one. */
async function printFrom(session: Session, stack: StackRow, after: number, options: EventsOptions): Promise<number> {
  for (let seen = after; ; ) {
    const events = await session.setpoint.store.listEvents(stack.id, seen, pageSize);
    print(session, ofResource(events, options));
    seen = events.at(-1)?.seq ?? seen;
    if (events.length < pageSize) return seen;
  }
}

async function printLast(
  session: Session,
  stack: StackRow,
  after: number,
  count: number,
  { resource }: EventsOptions,
): Promise<number> {
  const which = { after, count, ...(resource === undefined ? {} : { resource }) };
  const events = await session.setpoint.store.listLastEvents(stack.id, which);
  print(session, events);
  return events.at(-1)?.seq ?? Math.max(after, stack.eventSeq);
}

async function follow(session: Session, stack: StackRow, after: number, options: EventsOptions): Promise<ExitCode> {
  const { setpoint } = session;
  const interrupt = listenForInterrupt();
  try {
    for (let seen = after; !interrupt.signal.aborted; ) {
      const now = await setpoint.store.findStackByUuid(stack.uuid);
      seen = await printFrom(session, stack, seen, options);
      if (now === null || now.deletedAt !== null) return exitCodes.done;
      await pause(100, interrupt.signal);
    }
    return interrupt.exitCode() ?? exitCodes.interrupted;
  } finally {
    interrupt.stop();
  }
}

function ofResource(events: readonly EventRow[], { resource }: EventsOptions): readonly EventRow[] {
  return resource === undefined ? events : events.filter((event) => event.resourceId !== null && event.name === resource);
}

function print({ terminal }: Session, events: readonly EventRow[]): void {
  for (const event of events) {
    if (terminal.json) terminal.printJson(toJsonEvent(event));
    else terminal.print(formatEvent(event, terminal.colors));
  }
}

function wholeNumber(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  if (!/^\d+$/.test(text)) throw new UsageError('USAGE', `${option} ${text} is no number`);
  return Number(text);
}
