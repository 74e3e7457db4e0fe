/**
 * Looks for what calls of lost engines may still have brought into the world, by their buried tokens.
 *
 * Only an object that carries the tombstone's own token is deleted. A tombstone is looked at again until its bound has passed; a look that does not end
 * keeps the others waiting for a few minutes at most.
 */
import type { JsonMap } from '../std/json.ts';
import { configured, longestLook } from './call-provider.ts';
import type { Desk } from './desk.ts';
import type { Timers } from './ports/environment.ts';
import type { ProviderCall, ResourceType } from './ports/provider.ts';
import type { Offer, Store, Tombstone } from './ports/store.ts';
import { keptSettings } from './provider-settings.ts';

const lookAgainMs = 120_000;

/** Above that of every operation on the object: this is the last one, whatever a lost call did to it. */
export const lastOperation = 2 ** 31 - 1;

/** The next ones come when these have ended, so that none takes longer, whatever its type allows itself: milliseconds. */
const longestSearchMs = 300_000;

/** They come besides the engine's other calls. */
const mostAtOnce = 20;

const givenUp = 'given up';

export async function lookForLost(desk: Desk, { store, timers, offer }: Seeker, signal: AbortSignal): Promise<void> {
  const now = desk.clock.now();
  const due = await store.takeTombstones({ now, next: now + lookAgainMs, limit: mostAtOnce }, offer);
  await Promise.all(
    due.map(async (tombstone) => {
      const type = desk.types.findType(tombstone.type);
      const isGone = type?.find
        ? await bounded(timers, Math.min(longestLook(type), longestSearchMs), signal, (own) =>
            removeFound(desk, store, type, tombstone, own),
          )
        : true;
      if (isGone && now >= tombstone.until && !signal.aborted) await store.endTombstone(tombstone.token);
    }),
  );
}

export interface Seeker {
  readonly store: Pick<Store, 'takeTombstones' | 'holderOf' | 'endTombstone'>;
  readonly timers: Timers;
  readonly offer: Offer;
}

/** False as well when it took too long, or is not wanted any more: a provider that never answers holds up nothing else. */
async function bounded(
  timers: Timers,
  limitMs: number,
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<boolean>,
): Promise<boolean> {
  const own = new AbortController();
  const end = (): void => own.abort(givenUp);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([look(own.signal), timers.wait(limitMs, own.signal).then(() => false)]);
  } finally {
    end();
    signal.removeEventListener('abort', end);
  }
}

/** False when it must be looked for again. */
async function removeFound(
  desk: Desk,
  store: Seeker['store'],
  type: ResourceType,
  tombstone: Tombstone,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const seen = await type.find!(callFor(desk, type, tombstone, null, signal));
    if (seen.presence === 'unknown') return false;
    if (seen.presence === 'absent' || !type.delete) return true;
    const holder = await store.holderOf(tombstone, seen.physicalId);
    if (holder !== 'nobody') return holder === 'somebody';
    if (signal.aborted) return false;
    await type.delete(callFor(desk, type, tombstone, seen.physicalId, signal));
    desk.log.warn('deleted what a lost call had made', {
      type: tombstone.type,
      resource: tombstone.name,
      stack: tombstone.stackName,
    });
    return false;
  } catch {
    return false;
  }
}

function callFor(
  desk: Desk,
  type: ResourceType,
  tombstone: Tombstone,
  physicalId: string | null,
  signal: AbortSignal,
): ProviderCall {
  const properties: JsonMap = tombstone.properties;
  return {
    stack: { id: tombstone.stackUuid, name: tombstone.stackName },
    resource: { name: tombstone.name, version: tombstone.resourceId },
    token: tombstone.token,
    operation: lastOperation,
    physicalId,
    properties,
    previous: null,
    state: null,
    progress: null,
    settings: configured(type, keptSettings(desk, tombstone.settings, type)),
    signal,
    remainingMs: null,
    log: desk.log,
    environment: desk.callEnvironment,
    saveProgress: async () => {},
  };
}
