/**
 * Looks for what calls of lost engines may still have brought into the world, by their buried tokens.
 *
 * Only an object that carries the tombstone's own token is deleted. A tombstone is looked at again until its bound has passed.
 */
import type { JsonMap } from '../std/json.ts';
import { configured } from './call-provider.ts';
import type { Desk } from './desk.ts';
import type { ProviderCall, ResourceType } from './ports/provider.ts';
import type { Offer, Store, Tombstone } from './ports/store.ts';
import { keptSettings } from './provider-settings.ts';

const lookAgainMs = 120_000;

export async function lookForLost(desk: Desk, store: Store, offer: Offer, signal: AbortSignal): Promise<void> {
  for (const tombstone of await store.listTombstones(desk.clock.now(), 20, offer)) {
    const type = desk.types.findType(tombstone.type);
    const now = desk.clock.now();
    const settled = type?.find ? await removeFound(desk, type, tombstone, signal) : true;
    if (signal.aborted) return;
    const last = now >= tombstone.until;
    await store.settleTombstone(tombstone.token, settled && last ? null : now + lookAgainMs);
  }
}

/** False when it must be looked for again. */
async function removeFound(desk: Desk, type: ResourceType, tombstone: Tombstone, signal: AbortSignal): Promise<boolean> {
  try {
    const seen = await type.find!(callFor(desk, type, tombstone, null, signal));
    if (seen.presence === 'unknown') return false;
    if (seen.presence === 'absent') return true;
    if (!type.delete) return true;
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
    resource: { name: tombstone.name, version: 0 },
    token: tombstone.token,
    operation: 0,
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
