/**
 * Working on one claim: load (it came with the claim) → hook → look → decide → intent → provider → settlement.
 *
 * Every path ends in one settlement, or in null when the claim was lost or the engine is stopping; then the database holds all that a
 * successor needs. Nothing of a claim lives anywhere else.
 */
import { claimOf } from './claim-of.ts';
import { convergeResource } from './converge-resource.ts';
import { deleteResource } from './delete-resource.ts';
import type { Desk } from './desk.ts';
import { goOnWithOperation } from './go-on.ts';
import { pauseAfter, pauseBefore } from './hooks.ts';
import { isNested, workOnNested } from './nested-stack.ts';
import type { Settlement, WorkItem } from './ports/store.ts';
import { actOnResource } from './stack-action.ts';

export async function workOn(desk: Desk, item: WorkItem): Promise<Settlement | null> {
  return pauseAfter(item, await workUnhooked(desk, item));
}

async function workUnhooked(desk: Desk, item: WorkItem): Promise<Settlement | null> {
  if (item.operation !== null) return goOnWithOperation(desk, item);
  const pause = pauseBefore(item);
  if (pause !== null) return pause;
  if (isNested(item)) return workOnNested(desk, item);
  switch (item.purpose) {
    case 'converge':
      return convergeResource(desk, item);
    case 'delete':
    case 'victim':
      return deleteResource(desk, item);
    case 'action':
      return actOnResource(desk, item);
    case 'operation':
      return { kind: 'release', claim: claimOf(item) };
  }
}
