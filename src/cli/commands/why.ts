/** `setpoint why`: why a resource waits, failed, was skipped or was replaced. */
import type { Command } from 'commander';
import type { ResourceId, StackRow } from '../../engine/ports/store.ts';
import type { StackView } from '../../store/reads/reads.ts';
import { formatEvent, toJsonEvent } from '../event-shapes.ts';
import { exitCodes } from '../exit-codes.ts';
import { explainResource } from '../explain-resource.ts';
import { isAlive } from '../held-up.ts';
import { chosenStackEvenDeleted, onDatabase, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** Of one resource: older ones explain nothing that stands. */
const mostEvents = 10_000;

export function addWhy(program: Command): void {
  program
    .command('why')
    .argument('<resource>', 'its logical name; of one in a nested stack the path of names, as in web/server')
    .description('why a resource waits, failed or was replaced')
    .action(
      onDatabase(async (session, _options, path) => {
        const { setpoint, terminal } = session;
        const { stack, name } = await findWithin(setpoint, await chosenStackEvenDeleted(session), path!.split('/'));
        const view = (await setpoint.store.readStack(stack.id))!;
        const events = await setpoint.store.listLastEvents(stack.id, { resource: name, count: mostEvents });
        const engines = (await setpoint.store.listEngines()).map((engine) => ({
          ...engine,
          alive: isAlive(setpoint, engine),
        }));
        const explained = explainResource({
          name,
          path: path!,
          view,
          events,
          engines,
          limits: await setpoint.limits(),
          gate: await setpoint.store.readGate(),
          within: await viewsWithin(setpoint, view, name),
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

/** The stack that a path of names leads to, and the name within it. */
async function findWithin(
  setpoint: Session['setpoint'],
  stack: StackRow,
  path: readonly string[],
): Promise<{ readonly stack: StackRow; readonly name: string }> {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return { stack, name };
  const { resources } = (await setpoint.store.readStack(stack.id))!;
  const row = resources.find((one) => one.name === name && one.nested && one.marked === null);
  const child = row?.physicalId == null ? null : await setpoint.store.findStackByUuid(row.physicalId);
  if (child === null)
    throw new UsageError(
      'NO_SUCH_RESOURCE',
      `stack ${stack.name} has no nested stack ${name}`,
      'setpoint resources --nested lists what there is',
    );
  return findWithin(setpoint, child, rest);
}

/** How the stacks stand that versions of that name are. */
async function viewsWithin(
  setpoint: Session['setpoint'],
  { resources }: StackView,
  name: string,
): Promise<Map<ResourceId, StackView>> {
  const views = new Map<ResourceId, StackView>();
  for (const { id, physicalId } of resources.filter((row) => row.name === name && row.nested)) {
    const child = physicalId === null ? null : await setpoint.store.findStackByUuid(physicalId);
    const view = child === null ? null : await setpoint.store.readStack(child.id);
    if (view !== null) views.set(id, view);
  }
  return views;
}
