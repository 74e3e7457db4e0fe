/** What a type keeps about an object as its `state`: in the form of the version of the type that kept it. */
import type { Json } from '../std/json.ts';
import type { Made, ResourceType } from './ports/provider.ts';
import type { ResourcePatch, ResourceRow } from './ports/store.ts';

type Kept = Pick<ResourceRow, 'state' | 'schemaVersion'>;

/** In the form that this version of the type knows. */
export function stateFor({ state, schemaVersion }: Kept, { facts, migrate }: ResourceType): Json {
  if (state === null || schemaVersion === facts.schemaVersion || !migrate) return state;
  return migrate(state, schemaVersion);
}

/** Another engine, with a newer version of the type, kept it: what it means is not known here. Null where it is. */
export function tooNew({ state, schemaVersion }: Kept, { name, facts }: ResourceType): string | null {
  if (state === null || schemaVersion <= facts.schemaVersion) return null;
  return `what a newer version of ${name} (schemaVersion ${schemaVersion}) kept about it can't be read by this engine's (${facts.schemaVersion}): upgrade the engine's provider`;
}

/** What is kept from now on: a type that gives no state leaves it as it was, in the form that it was given. */
export function keptState(before: Kept, type: ResourceType, { state }: Made): Pick<ResourcePatch, 'state' | 'schemaVersion'> {
  const { schemaVersion } = type.facts;
  if (state !== undefined) return { state, schemaVersion };
  return before.schemaVersion === schemaVersion ? {} : { state: stateFor(before, type), schemaVersion };
}
