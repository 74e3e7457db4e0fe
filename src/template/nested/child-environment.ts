/**
 * The environment as a nested stack sees it: its parameters are the resource's properties, so the parent's are left out; what is said of
 * single resources is what is said of those within; the mapping that led to the template is gone, so that a template which stands for a type
 * can use that very type.
 */
import type { Environment } from '../environment.ts';
import { matchesGlob } from '../match-glob.ts';
import { mappingsWithin } from '../type-registry.ts';

export function childEnvironment(environment: Environment, resource: string, without: readonly string[]): Environment {
  return {
    parameters: new Map(),
    defaults: environment.defaults,
    mappings: mappingsWithin(environment.mappings, resource).filter(({ id }) => !without.includes(id)),
    rules: environment.rules.flatMap((rule) => {
      const [first = '', ...rest] = rule.resources;
      return rest.length > 0 && matchesGlob(first, resource) ? [{ ...rule, resources: rest }] : [];
    }),
    eventSinks: environment.eventSinks,
    encrypted: new Set(),
  };
}
