/**
 * Types that are upgraded, in some walks: of the engines some have the older version of every type and some the newer one, which keeps another form
 * of state. What starts may be of either, as when an upgrade is rolled out, and taken back.
 */
import type { Json, JsonMap } from '../std/json.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

/** Of the types; what keeps none is of the first. */
export type TypeVersion = 1 | 2;

/** What a process has that starts now; when faults have ceased, the upgrade is over. */
export function drawTypeVersion({ plan, kernel }: World, prng: Prng): TypeVersion {
  if (!plan.upgrades) return 1;
  return kernel.calm || prng.chance(500) ? 2 : 1;
}

/** What a type of that version keeps about an object. */
export const keptBy = (version: TypeVersion, id: string): JsonMap => (version === 1 ? { of: id } : { of: id, form: version });

/** The version of the type that kept it. */
export const formOf = (state: Json): TypeVersion => (state as { readonly form?: TypeVersion } | null)?.form ?? 1;

/** That of the newer types. */
export const migrateState =
  (world: World) =>
  (state: Json, from: number): Json => {
    if (formOf(state) !== from) world.report('I-03', `${JSON.stringify(state)} is migrated from ${from}`);
    world.reach('state migrated');
    return { ...(state as JsonMap), form: 2 };
  };
