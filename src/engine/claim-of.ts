/** The claim that a work item came with: by its operation where there is one, else by its node. */
import type { Claim, WorkItem } from './ports/store.ts';

export function claimOf(item: WorkItem): Claim {
  return {
    stackId: item.stack.id,
    traversal: item.traversal,
    nodeId: item.node?.id ?? item.operation?.nodeId ?? 0,
    epoch: item.operation?.epoch ?? item.node?.epoch ?? 0,
    resourceId: item.resource.id,
    operation: item.operation !== null,
  };
}

/** The same claim once an intent was recorded for it. */
export function operationClaim(claim: Claim, epoch: number): Claim {
  return { ...claim, epoch, operation: true };
}
