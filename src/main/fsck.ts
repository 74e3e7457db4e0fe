/** Checks a live database against the invariants that its rows alone can tell; the world is not asked. */
import type { RowFinding } from '../store/reads/fsck-rows.ts';
import type { Setpoint } from './setpoint.ts';

export type Finding = RowFinding;

/** Everything that is wrong; empty when all is well. Changes nothing. */
export async function checkDatabase(setpoint: Pick<Setpoint, 'store'>): Promise<readonly Finding[]> {
  return setpoint.store.checkRows();
}
