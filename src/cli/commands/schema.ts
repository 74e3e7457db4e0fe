/** `setpoint schema`: HOT with every type that is offered as a JSON schema, for editors. Needs no database. */
import type { Command } from 'commander';
import { openRegistry } from '../../main/open-registry.ts';
import { hotSchema } from '../../template/editor-schema/hot-schema.ts';
import { exitCodes } from '../exit-codes.ts';
import { atTerminal, loadTypes } from '../session.ts';
import { addTypesOption, catalogOf, type TypesOption } from '../type-set.ts';

export function addSchema(program: Command): void {
  addTypesOption(
    program.command('schema').description('a JSON schema of templates with every type, for editors with a YAML language server'),
  ).action(
    atTerminal<TypesOption>(async (terminal, options) => {
      const offered = openRegistry(options.local, await loadTypes(options.provider));
      terminal.print(JSON.stringify(hotSchema(await catalogOf(options.types, offered)), null, 2));
      return exitCodes.done;
    }),
  );
}
