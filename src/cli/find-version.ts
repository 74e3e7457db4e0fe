/** The version that a person means by `NAME` or `NAME@VERSION`. */
import type { ResourceRow, StackRow } from '../engine/ports/store.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

/** Among those of the name, those that `fits` says are meant; the wanted one when it is among them. */
export async function loadVersion(
  session: Session,
  stack: StackRow,
  text: string,
  fits: (row: ResourceRow) => boolean = () => true,
): Promise<ResourceRow> {
  const [, name = text, version] = /^(.*)@(\d+)$/.exec(text) ?? [];
  const rows = (await session.setpoint.store.readStack(stack.id))!.resources.filter((row) => row.name === name);
  if (rows.length === 0)
    throw new UsageError('NO_SUCH_RESOURCE', `stack ${stack.name} has no resource ${name}`, 'setpoint resources lists them');
  const meant = version === undefined ? rows.filter(fits) : rows.filter((row) => row.id === Number(version));
  const [only, ...others] = meant;
  if (only === undefined)
    throw new UsageError(
      'NO_SUCH_VERSION',
      version === undefined ? `no version of ${name} is in a state for this` : `${name} has no version ${version}`,
      `setpoint versions ${name} lists them`,
    );
  const wanted = meant.filter((row) => row.marked === null);
  if (others.length > 0 && wanted.length !== 1)
    throw new UsageError(
      'WHICH_VERSION',
      `${name} has several versions: say which`,
      meant.map((row) => `${name}@${row.id}`).join(', '),
    );
  return wanted[0] ?? only;
}
