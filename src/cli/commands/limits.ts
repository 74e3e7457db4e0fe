/** `setpoint limits`: how many operations may be in flight at once, over all engines, of some types or of a tenant. */
import type { Command } from 'commander';
import type { WorkLimit } from '../../engine/limits.ts';
import type { LimitUse } from '../../store/reads/limit-use.ts';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase, type Session } from '../session.ts';
import { formatTable } from '../table.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  readonly type?: string;
  readonly tenant?: string;
}

/** Of one limit, in the table for people. */
const flightsShown = 3;

export function addLimits(program: Command): void {
  const limits = program
    .command('limits')
    .description('the most operations in flight at once, of types or of a tenant')
    .action(onDatabase(async (session) => list(session)));
  addMeaning(limits.command('set').argument('<count>', 'operations').description('set a limit, or change it')).action(
    onDatabase<Options>(async ({ setpoint, terminal }, options, count) => {
      const limit = { ...meant(options), most: countOf(count!) };
      await setpoint.setLimit(limit);
      if (terminal.json) terminal.printJson(limit);
      else terminal.print(`${nameOf(limit)}: ${limit.most} in flight at most, over all engines`);
      return exitCodes.done;
    }),
  );
  addMeaning(limits.command('remove').description('remove a limit')).action(
    onDatabase<Options>(async ({ setpoint, terminal }, options) => {
      const limit = meant(options);
      const removed = await setpoint.removeLimit(limit);
      if (!removed) throw new UsageError('NO_SUCH_LIMIT', `there is no limit on ${nameOf(limit)}`, 'setpoint limits lists them');
      if (terminal.json) terminal.printJson({ ...limit, removed });
      else terminal.print(`${nameOf(limit)}: no limit any more`);
      return exitCodes.done;
    }),
  );
}

const addMeaning = (command: Command): Command =>
  command
    .option('--type <pattern>', 'resource types, with * for any part of a name')
    .option('--tenant <name>', 'a tenant; * for each tenant that has no limit of its own');

function meant({ type, tenant }: Options): Pick<WorkLimit, 'kind' | 'pattern'> {
  if ((type === undefined) === (tenant === undefined))
    throw new UsageError('USAGE', 'a limit is on types or on a tenant', '--type PATTERN or --tenant NAME');
  return type === undefined ? { kind: 'tenant', pattern: tenant! } : { kind: 'type', pattern: type };
}

function countOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError('USAGE', `${text} is no limit`, 'a whole number; 0 lets nothing begin');
  return Number(text);
}

const nameOf = ({ kind, pattern }: Pick<WorkLimit, 'kind' | 'pattern'>): string =>
  kind === 'type' ? `types ${pattern}` : pattern === '*' ? 'each tenant' : `tenant ${pattern}`;

async function list({ setpoint, terminal }: Session) {
  const limits = await setpoint.limits();
  if (terminal.json) terminal.printJson(limits.map(toJson));
  else if (limits.length === 0) terminal.print('There is no limit: setpoint limits set --type PATTERN COUNT makes one.');
  else terminal.print(formatTable(['limit', 'most', 'in flight', 'of'], limits.map(rowOf), terminal.colors));
  return exitCodes.done;
}

function rowOf(use: LimitUse): string[] {
  const whose = use.kind === 'tenant' && use.pattern === '*' && use.tenant !== null ? ` (${use.tenant})` : '';
  const more = use.inFlight.length - flightsShown;
  const some = use.inFlight.slice(0, flightsShown).map(({ stack, resource }) => `${stack} ${resource}`);
  return [
    `${nameOf(use)}${whose}`,
    String(use.most),
    String(use.inFlight.length),
    [...some, ...(more > 0 ? [`${more} more`] : [])].join(', '),
  ];
}

function toJson({ kind, pattern, most, tenant, inFlight }: LimitUse) {
  return {
    kind,
    pattern,
    most,
    tenant,
    inFlight: inFlight.length,
    of: inFlight.map(({ stack, resource, version, type, tenant: owner }) => ({ stack, resource, version, type, tenant: owner })),
  };
}
