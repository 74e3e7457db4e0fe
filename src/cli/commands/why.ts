/** `setpoint why`: why a resource waits, failed, was skipped or was replaced. */
import type { Command } from 'commander';
import { formatEvent, toJsonEvent } from '../event-shapes.ts';
import { exitCodes } from '../exit-codes.ts';
import { explainResource } from '../explain-resource.ts';
import { isAlive } from '../held-up.ts';
import { chosenStackEvenDeleted, onDatabase } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** Of one resource: older ones explain nothing that stands. */
const mostEvents = 10_000;

export function addWhy(program: Command): void {
  program
    .command('why')
    .argument('<resource>', 'its logical name')
    .description('why a resource waits, failed or was replaced')
    .action(
      onDatabase(async (session, _options, name) => {
        const { setpoint, terminal } = session;
        const stack = await chosenStackEvenDeleted(session);
        const view = (await setpoint.store.readStack(stack.id))!;
        const events = await setpoint.store.listLastEvents(stack.id, { resource: name!, count: mostEvents });
        const engines = (await setpoint.store.listEngines()).map((engine) => ({
          ...engine,
          alive: isAlive(setpoint, engine),
        }));
        const explained = explainResource({
          name: name!,
          view,
          events,
          engines,
          limits: await setpoint.limits(),
          isLimited: (type) => setpoint.types.findType(type)?.facts.effects !== false,
          offered: new Set(setpoint.types.names),
          host: setpoint.host.name,
          now: setpoint.clock.now(),
          wallTime: Date.now(),
        });
        if (explained.length === 0 && events.length === 0)
          throw new UsageError(
            'NO_SUCH_RESOURCE',
            `stack ${stack.name} has no resource ${name}`,
            'setpoint resources lists them',
          );
        const recent = events.slice(-6);
        if (terminal.json)
          terminal.printJson({ stack: stack.name, resource: name, versions: explained, events: recent.map(toJsonEvent) });
        else {
          if (explained.length === 0) terminal.print(`${name} is no part of ${stack.name} any more.`);
          for (const { title, because } of explained)
            terminal.print([terminal.colors.bold(title), ...because.map((sentence) => `  ${sentence}`)].join('\n'));
          if (recent.length > 0)
            terminal.print(`\nLast events\n${recent.map((event) => `  ${formatEvent(event, terminal.colors)}`).join('\n')}`);
        }
        return exitCodes.done;
      }),
    );
}
