/** How work ends that did not begin: the object is as it was. */
import { failure } from '../std/failure.ts';
import { claimOf } from './claim-of.ts';
import type { IntentAnswer, ResourcePatch, Settlement, WorkItem } from './ports/store.ts';
import { isForeign } from './standing.ts';

/** A failure before anything was done: the object is as it was. */
export function failedNode(item: WorkItem, code: string, message: string, more: Partial<ResourcePatch> = {}): Settlement {
  const { resource } = item;
  const making = resource.action === 'INIT' || resource.physicalId === null;
  const action = item.purpose !== 'converge' ? 'DELETE' : making ? 'CREATE' : isForeign(resource) ? 'ADOPT' : 'UPDATE';
  const patch: ResourcePatch = { action, status: code === 'UNKNOWN' ? 'UNKNOWN' : 'FAILED', reason: message, ...more };
  return { kind: 'failed', claim: claimOf(item), patch, failure: failure(code, message) };
}

export function refusedIntent(item: WorkItem, answer: Exclude<IntentAnswer, { kind: 'go' }>): Settlement | null {
  const claim = claimOf(item);
  switch (answer.kind) {
    case 'superseded':
      return null;
    case 'busy':
      return { kind: 'release', claim };
    case 'required':
      if (item.node?.phase === 'aside') return { kind: 'defer', claim, reason: 'something that stands still requires it' };
      return failedNode(item, 'REQUIRED', 'something that stands still requires it');
    case 'identity-taken': {
      const { holder } = answer;
      const own = item.resource.physicalId === null && item.resource.replaces !== holder.resourceId;
      if (holder.leaving)
        return { kind: 'wait', claim, holder: holder.resourceId, reason: `waits until ${holder.name} is called otherwise` };
      if (holder.sameStack && !holder.wanted) {
        if (holder.sameType && own)
          return { kind: 'take-over', claim, holder: holder.resourceId, reason: `takes over the object of ${holder.name}` };
        if (!holder.kept)
          return {
            kind: 'make-way',
            claim,
            holder: holder.resourceId,
            reason: `version ${holder.resourceId} of ${holder.name} goes first`,
          };
      }
      return failedNode(item, 'IDENTITY_TAKEN', `its object is ${holder.name} of stack ${holder.stackName} already`);
    }
  }
}
