/**
 * Hooks: points at which work on a resource pauses until a person clears them.
 *
 * What is being done to the resource of a name decides which of its hooks is meant, whatever becomes of single objects: its making, once it
 * is made a change (in place or by another version), or its going. A deed that was begun stays that deed until a node has it done, through
 * crashes, retries and replacements, so that no hook is passed over and none is met twice in one traversal. Pure.
 */
import { type Hook, hooksFor, type NameRule } from '../template/resource-rules.ts';
import { claimOf } from './claim-of.ts';
import type { Deed, NodeRow, ResourceRow, Settlement, WorkItem } from './ports/store.ts';

/** What a converge node is about. */
export function deedOf(
  node: Pick<NodeRow, 'deed'>,
  row: Pick<ResourceRow, 'action' | 'definition' | 'acted' | 'taken' | 'replaces' | 'physicalId'>,
): Exclude<Deed, 'delete'> {
  if (node.deed !== null) return node.deed;
  if (isStillTaken(row)) return 'create';
  if (row.definition !== null) return 'update';
  // What was imported, or takes another's place, is no new thing; what a person found of a making that was lost still is.
  return row.acted ?? (isImported(row) || row.replaces !== null ? 'update' : 'create');
}

/** A name that is being made took the version over from another one, and has not had it as it wants it: what it has is the other one's. */
export function isStillTaken({ acted, definition, taken }: Pick<ResourceRow, 'acted' | 'definition' | 'taken'>): boolean {
  return acted === 'create' && definition !== null && taken === definition;
}

/**
 * Nothing was begun on it, and it has an object. What was recorded last does not say so: it may have been checked, marked unhealthy or failed
 * to be deleted since. A making that an engine of the version before began has an object, too, and no deed.
 */
function isImported({ action, physicalId }: Pick<ResourceRow, 'action' | 'physicalId'>): boolean {
  return physicalId !== null && action !== 'CREATE';
}

/**
 * Whether a resource is walked for its hooks alone: what was done to it and not let go, and, as in Heat, where somebody asks for a goal, what
 * is to stop before each update whether it changes or not.
 */
export function stopsAt(rules: readonly NameRule[], asked: boolean): (name: string, acted: ResourceRow['acted']) => boolean {
  return (name, acted) => {
    const hooks = hooksFor(rules, name);
    return (asked && hooks.includes('pre-update')) || (acted !== null && hooks.includes(`post-${acted}`));
  };
}

/** As Heat's events have it, which its client looks for. */
export function pausedText(hook: Hook): string {
  return `${hook.split('-')[1]!.toUpperCase()} paused until Hook ${hook} is cleared`;
}

export function clearedText(hook: Hook): string {
  return `Hook ${hook} is cleared`;
}

/** The rest at a hook before anything is looked at or decided; null when there is none, or it was cleared. */
export function pauseBefore(item: WorkItem): Settlement | null {
  const { node, asked } = item;
  const hook: Hook = `pre-${asked.deed}`;
  if (node === null || !asked.hooks.includes(hook) || asked.cleared.includes(hook)) return null;
  const claim = claimOf(item);
  // Early cleanup can be done in the cleanup phase, too: what wants its object back need not ask anybody.
  if (node.phase === 'aside') return { kind: 'defer', claim, reason: `stops at its hook ${hook}` };
  return { kind: 'pause', claim, hook };
}

/** The same settlement, with the hook at which the node rests before anything that waits for it goes on. */
export function pauseAfter(item: WorkItem, settlement: Settlement | null): Settlement | null {
  const hook = settlement === null ? null : hookAfter(item, settlement);
  if (hook === null || !item.asked.hooks.includes(hook)) return settlement;
  return settlement?.kind === 'done' || settlement?.kind === 'gone' ? { ...settlement, hook } : settlement;
}

function hookAfter({ node, asked, resource, purpose }: WorkItem, settlement: Settlement): Hook | null {
  if (node === null) return null;
  if (settlement.kind === 'gone') return asked.deed === 'delete' ? 'post-delete' : null;
  if (settlement.kind !== 'done' || purpose !== 'converge') return null;
  if (settlement.did === true || node.deed !== null) return `post-${asked.deed}`;
  // An earlier traversal's operation did it, or one that was lost.
  return resource.acted === null ? null : `post-${resource.acted}`;
}
