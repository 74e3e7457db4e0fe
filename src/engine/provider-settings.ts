/** Which settings of a provider a call is made with. */
import type { Desk, ProviderSettings } from './desk.ts';
import type { ResourceType } from './ports/provider.ts';
import type { WorkItem } from './ports/store.ts';

/** As the operator has them now; those kept with the resource when the operator has them no more. */
export function currentSettings(
  desk: Desk,
  type: ResourceType,
  name: string,
  kept: ProviderSettings | null,
): ProviderSettings | null {
  return desk.settings.findSettings(type.facts.provider, name) ?? (kept?.name === name ? kept : null);
}

/** For what is done to an object as it stands, whatever the goal says: under its own name, renewed where the operator has renewed it. */
export function keptSettings(desk: Desk, item: WorkItem, type: ResourceType): ProviderSettings | null {
  return item.settings === null ? null : currentSettings(desk, type, item.settings.name, item.settings);
}
