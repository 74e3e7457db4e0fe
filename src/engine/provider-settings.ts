/**
 * Which settings of a provider a call is made with.
 *
 * An object belongs to settings of a name; what was made with none, or is to be, belongs to those that are called `default`, whether or not the
 * operator has any.
 */
import type { Desk, ProviderSettings } from './desk.ts';
import type { ResourceType } from './ports/provider.ts';
import type { ResourceRow, WorkItem } from './ports/store.ts';
import { isForeign } from './standing.ts';

const DEFAULT = 'default';

/** What a definition names, or the default; null when there are none of that name. */
export const wantedSettings = (
  desk: Pick<Desk, 'settings'>,
  type: ResourceType,
  name: string | null,
  kept: ProviderSettings | null,
): ProviderSettings | null => currentSettings(desk, type, name ?? DEFAULT, kept);

/** What a definition names must be there; the default need not. */
export function lackOfSettings(
  desk: Pick<Desk, 'settings'>,
  type: ResourceType,
  name: string | null,
  kept: ProviderSettings | null,
): string | null {
  if (name === null || wantedSettings(desk, type, name, kept) !== null) return null;
  return `there are no provider settings named ${name} for ${type.facts.provider}`;
}

/** For what is done to an object as it stands, whatever the goal says: under its own name, renewed where the operator has renewed it. */
export function keptSettings(
  desk: Pick<Desk, 'settings'>,
  kept: ProviderSettings | null,
  type: ResourceType,
): ProviderSettings | null {
  return currentSettings(desk, type, nameOf(kept), kept);
}

/** As the operator has them now; those kept with the resource when the operator has them no more. */
function currentSettings(
  desk: Pick<Desk, 'settings'>,
  type: ResourceType,
  name: string,
  kept: ProviderSettings | null,
): ProviderSettings | null {
  return desk.settings.findSettings(type.facts.provider, name) ?? (kept?.name === name ? kept : null);
}

const nameOf = (settings: ProviderSettings | null): string => settings?.name ?? DEFAULT;

/** An object that was imported and that no engine has looked at is where the goal says. */
export const isPlaced = (resource: Pick<ResourceRow, 'settingId'> & Parameters<typeof isForeign>[0]): boolean =>
  resource.settingId !== null || !isForeign(resource);

/** Its object belongs to settings of another name than it is to belong to. */
export function isElsewhere(
  { resource, settings }: Pick<WorkItem, 'resource' | 'settings'>,
  wanted: ProviderSettings | null,
): boolean {
  return isPlaced(resource) && nameOf(settings) !== nameOf(wanted);
}
