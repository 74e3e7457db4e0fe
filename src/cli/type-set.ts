/** `--types`: which types a template is looked at with: those that are offered here, or OpenStack Heat's as well. */
import { type Command, Option } from 'commander';
import { loadHeatCatalog } from '../template/heat-types/load-heat-catalog.ts';
import type { TypeCatalog } from '../template/property-schema.ts';

export interface TypesOption {
  readonly types: 'offered' | 'heat';
}

export function addTypesOption(command: Command): Command {
  return command.addOption(
    new Option('--types <set>', 'offered: the types that can be made here; heat: those of OpenStack Heat, too')
      .choices(['offered', 'heat'])
      .default('offered'),
  );
}

export async function catalogOf(set: TypesOption['types'], offered: TypeCatalog): Promise<TypeCatalog> {
  return set === 'heat' ? loadHeatCatalog(offered) : offered;
}
