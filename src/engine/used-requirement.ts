/** What is to be recorded of outputs that were used. */
import type { RequiredOutputs, UsedRequirement } from './ports/store.ts';

export function usedRequirement({ resourceId, revision, goal }: RequiredOutputs): UsedRequirement {
  return goal === undefined ? { resourceId, revision } : { resourceId, revision, goal };
}
