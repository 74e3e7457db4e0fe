/**
 * Claiming where limits are set: what is held back stays ready and is passed over, and nothing else waits behind it.
 *
 * First a look at what is in flight tells what is full, so that it is not asked for. Of what is found then, whoever wants some of a limit
 * holds that limit (PostgreSQL; if it is free) and counts again: the count is exact until this transaction ends, because nothing else makes
 * more of it. A limit that somebody else holds is left for a moment.
 */
import { measureRoom, type Room } from '../../engine/limits.ts';
import type { Offer } from '../../engine/ports/store.ts';
import { type Act, together } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { askInFlight, askLimits } from './limits.ts';
import { askLimitLocks } from './lock.ts';
import { askShares, evenOut, type ReadyNode, type Tenants, type Wants } from './pick-ready.ts';
import { type Claimable, heldDepth } from './ready-stacks.ts';

/** The limits, and what one turn makes of them. */
export interface Within {
  readonly offer: Offer;
  readonly room: Room;
  /** Bounds that this transaction holds. */
  readonly held: Set<string>;
  /** Somebody else held a limit, or more was found than was weighed: soon more may be had. */
  missed: boolean;
}

/** New ready nodes are asked for so often in one turn, because of those that were found some are held back. */
const mostRounds = 4;

export function* loadWithin(offer: Offer): Act<Within> {
  const [limits, inFlight] = yield* together(askLimits(), askInFlight(offer.freeTypes));
  return { offer, room: measureRoom(limits, inFlight), held: new Set(), missed: false };
}

export function claimableOf({ room, offer }: Within, tenants: readonly string[]): Claimable {
  return {
    free: offer.freeTypes,
    effects: offer.effectTypes.filter((type) => !room.isTypeFull(type)),
    fullTenants: tenants.filter((tenant) => room.isTenantFull(tenant)),
  };
}

/** Up to as many nodes as are wanted, none of them beyond a limit. */
export function* pickWithin(cx: ActContext, within: Within, wants: Wants, tenants: Tenants): Act<readonly ReadyNode[]> {
  const picked = new Map<string, ReadyNode>();
  for (let rounds = mostRounds; picked.size < wants.limit; rounds--) {
    if (rounds === 0) within.missed = true;
    const open = openOf(within, wants, tenants);
    if (rounds === 0 || open.stacks.length === 0 || open.types.length === 0) break;
    const found = yield* evenOut(cx, open, yield* together(...askShares(cx, open)));
    const fresh = found.filter((node) => !picked.has(keyOf(node)));
    yield* hold(cx, within, fresh, tenants);
    if (!takeRoom(within, fresh, tenants, wants.limit, picked)) break;
  }
  return [...picked.values()];
}

const keyOf = (node: ReadyNode): string => `${node.stack_id}/${node.traversal}/${node.id}`;

/** Whether some were held back, so that others may be had in their place. */
function takeRoom(
  { room }: Within,
  nodes: readonly ReadyNode[],
  tenants: Tenants,
  limit: number,
  picked: Map<string, ReadyNode>,
): boolean {
  let heldBack = false;
  for (const node of nodes) {
    const tenant = tenants.get(node.stack_id) ?? '';
    if (picked.size >= limit) return false;
    if (room.hasRoom(node.type, tenant)) {
      room.take(node.type, tenant);
      picked.set(keyOf(node), node);
    } else heldBack = true;
  }
  return heldBack;
}

/** What is full is not asked for. */
function openOf({ room }: Within, wants: Wants, tenants: Tenants): Wants {
  return {
    ...wants,
    depth: heldDepth,
    stacks: wants.stacks.filter((id) => !room.isTenantFull(tenants.get(id) ?? '')),
    types: wants.types.filter((type) => !room.isTypeFull(type)),
  };
}

/** On SQLite nobody else claims meanwhile, and what was counted stands. */
function* hold(cx: ActContext, within: Within, nodes: readonly ReadyNode[], tenants: Tenants): Act<void> {
  const { room, held, offer } = within;
  const bounds = new Set(nodes.flatMap((node) => room.boundsOf(node.type, tenants.get(node.stack_id) ?? '')));
  const wanted = [...bounds].filter((name) => !held.has(name));
  if (!cx.rowLocks || wanted.length === 0) return;
  const [locked, inFlight] = yield* together(askLimitLocks(wanted), askInFlight(offer.freeTypes));
  for (const { name } of locked) held.add(name);
  room.recount(inFlight);
  for (const name of wanted.filter((one) => !held.has(one))) {
    room.shut(name);
    within.missed = true;
  }
}
