/**
 * Claiming: which ready nodes and due operations become an engine's (find-due.ts, ready-stacks.ts, pick-ready.ts); what is needed to work on
 * them is loaded in the same transaction (load-work.ts).
 */

import type { Served, StackId, TurnRequest, WorkItem } from '../../engine/ports/store.ts';
import { priorityOf } from '../../engine/priorities.ts';
import { type Act, query, together } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { claimableOf, loadWithin, pickWithin, type Within } from './claim-within.ts';
import { askDue, askProbe, type DueOperation, findDue, type Probe, wakeSleepers } from './find-due.ts';
import { type Picked, takeOver } from './load-work.ts';
import { lockFree, lockTree } from './lock.ts';
import { askShares, evenOut, oneForEach, type ReadyNode, type Tenants, type Wants } from './pick-ready.ts';
import { askReadyStacks, type Differences, findRanks, heldDepth, lastServed, type Rank, toRank } from './ready-stacks.ts';
import { askTenantsAtWork } from './tenant-turns.ts';

export interface Claimed {
  readonly items: readonly WorkItem[];
  /** The next time after now at which something that sleeps is due. What is due already and was not claimed is for another engine. */
  readonly dueAt: number | null;
  /** False: the engine's lease lapsed, so it gets nothing before it has registered again: nobody would free what it holds. */
  readonly enlisted: boolean;
  /** Where the next turn begins to look. */
  readonly served: Served;
}

/** `held`: the stacks whose trees this transaction has locked already. */
export function* claimWork(cx: ActContext, request: TurnRequest, held: readonly StackId[]): Act<Claimed> {
  const { free, calls } = request.claim;
  const asks = free > 0 || calls > 0;
  const [[seen], ...found] = yield* together(askProbe(request), ...(asks ? askReadyStacks(request) : []));
  const nothing: Claimed = { items: [], dueAt: seen!.due_at, enlisted: true, served: {} };
  if (seen!.enlisted === 0) return { ...nothing, enlisted: false };
  if (seen!.closed === 1 || !asks) return nothing;
  if (seen!.ready + seen!.wakes + seen!.operations === 0) return nothing;
  const within = seen!.limited === 1 ? yield* loadWithin(request.offer) : null;
  const tenants = seen!.tenants === 1 || within !== null ? (yield* askTenants()).map(({ tenant }) => tenant) : null;
  const differences: Differences = {
    ranked: seen!.ranked === 1,
    claimable: within && claimableOf(within, tenants ?? []),
    tenants: seen!.tenants === 1 ? tenants : null,
  };
  const ranks = isAlike(differences) ? [toRank(request, found)] : yield* findRanks(cx, request, differences);
  const stacks = [...new Set([...ranks.flatMap((rank) => rank.stacks), ...(yield* findDue(request, seen!))])];
  const mine = yield* lockStacks(cx, held, stacks);
  const picked = yield* pick(cx, request, seen!, yield* queueUp(mine, ranks, differences, within));
  const items = yield* takeOver(cx.vault, request, picked);
  const missed = mine.length < stacks.length || within?.missed === true ? request.now + missedMs : null;
  const dueAt = missed === null || (seen!.due_at !== null && seen!.due_at < missed) ? seen!.due_at : missed;
  const got = new Set(picked.nodes.map((node) => node.stack_id));
  return { items, dueAt, enlisted: true, served: lastServed(request, ranks, got, differences.tenants) };
}

/** Most of the time all are alike, and what was found along with the probe is what there is. */
function isAlike({ ranked, claimable, tenants }: Differences): boolean {
  return !ranked && claimable === null && tenants === null;
}

function* askTenants(): Act<readonly { readonly tenant: string }[]> {
  const [tenants] = yield* together(askTenantsAtWork());
  return tenants;
}

/** The stacks that are ours in this turn, in groups of which the first is served first. */
interface Queue {
  readonly groups: readonly (readonly StackId[])[];
  readonly tenants: Tenants;
  /** Tenants have shares. */
  readonly shared: boolean;
  readonly within: Within | null;
}

function* queueUp(mine: readonly StackId[], ranks: readonly Rank[], differences: Differences, within: Within | null): Act<Queue> {
  const shared = differences.tenants !== null;
  if (mine.length === 0 || isAlike(differences)) return { groups: [mine], tenants: new Map(), shared, within };
  const rows = yield* query<{ id: StackId; priority: number; tenant: string }>(
    'select id, priority, tenant from stack where id in @ids',
    JSON.stringify(mine),
  );
  const priorities = new Map(rows.map((row) => [row.id, priorityOf(row.priority)]));
  const groups = ranks.map((rank) => mine.filter((id) => ranks.length === 1 || priorities.get(id) === rank.priority));
  return {
    groups: groups.filter((group) => group.length > 0),
    tenants: new Map(rows.map((row) => [row.id, row.tenant])),
    shared,
    within,
  };
}

/**
 * Of the stacks with something to do, those whose trees are ours now. Where all are others', the first is waited for, for this transaction holds
 * none yet: those who work on it wait for each other, so that it is hardly ever free, and who only looks by would get nothing of it.
 */
function* lockStacks(cx: ActContext, held: readonly StackId[], stacks: readonly StackId[]): Act<readonly StackId[]> {
  const has = new Set(held);
  if (stacks.every((id) => has.has(id))) return stacks;
  const wanted = [...new Set([...held, ...stacks])];
  let locked = new Set(yield* lockFree(cx, wanted));
  if (held.length === 0 && locked.size === 0 && stacks.length > 0) {
    yield* lockTree(cx, stacks[0]!);
    locked = new Set(yield* lockFree(cx, wanted));
  }
  return stacks.filter((id) => locked.has(id));
}

/**
 * What needs no call is looked for among so many ready nodes of a stack at first, for each turn would go over all that wait for a place otherwise.
 * Behind these it waits its turn, while calls end and others follow; where it is much, or where nothing goes on here, because others offer what stands
 * before it or because calls hang, it is found all the same (`findDeep`).
 */
const freeDepth = 200;

/** `calls`: how many more this engine may make. */
function isWorthMore({ claim, settlements, intents }: TurnRequest, near: number, called: number, calls: number): boolean {
  if (near > 0) return near >= freeDepth / 2 && near < claim.free;
  return called === 0 && (calls > 0 || settlements.length + intents.length === 0);
}

function* findDeep(cx: ActContext, { depth: _, ...wants }: Wants): Act<readonly ReadyNode[]> {
  return yield* evenOut(cx, wants, yield* together(...askShares(cx, wants)));
}

/** Work in a tree, or within a limit, that somebody else holds is looked for again so soon: milliseconds. */
const missedMs = 15;
/** Group by group: what the first leave of what this turn may claim the next get. */
function* pick(cx: ActContext, request: TurnRequest, seen: Probe, { groups, tenants, shared, within }: Queue): Act<Picked> {
  const stacks = groups.flat();
  if (stacks.length === 0) return { nodes: [], operations: [] };
  if (seen.wakes === 1) yield* wakeSleepers(stacks, request.now);
  const { offer, claim } = request;
  const nodes: ReadyNode[] = [];
  let operations: readonly DueOperation[] = [];
  let [free, calls] = [claim.free, claim.calls];
  for (const [i, group] of groups.entries()) {
    const among = { offer, stacks: group, ...(shared && { tenants }) };
    const depth = within === null ? freeDepth : heldDepth;
    const wantsFree: Wants = { ...among, types: offer.freeTypes, nested: true, limit: free, depth };
    const wantsCalls: Wants = { ...among, types: offer.effectTypes, nested: false, limit: calls };
    const [freeAsks, callAsks] = [askShares(cx, wantsFree), within === null ? askShares(cx, wantsCalls) : []];
    const due = i === 0 && seen.operations === 1 ? askDue(request, stacks) : null;
    const [begun, ...found] = yield* together(due, ...freeAsks, ...callAsks);
    if (due !== null) [operations, calls] = [begun, calls - begun.length];
    const near = yield* evenOut(cx, wantsFree, found.slice(0, freeAsks.length));
    const left = { ...wantsCalls, limit: calls };
    const called =
      within === null ? yield* evenOut(cx, left, found.slice(freeAsks.length)) : yield* pickWithin(cx, within, left, tenants);
    const ready =
      within === null && isWorthMore(request, near.length, called.length, calls) ? yield* findDeep(cx, wantsFree) : near;
    nodes.push(...ready, ...called);
    [free, calls] = [free - ready.length, calls - called.length];
  }
  return { operations, nodes: oneForEach(nodes) };
}
