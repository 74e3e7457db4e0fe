/** `setpoint types`: the resource types that are offered here, or the schema of one. Needs no database. */
import type { Command } from 'commander';
import type { ResourceType } from '../../engine/ports/provider.ts';
import { openRegistry } from '../../main/open-registry.ts';
import type { PropertySchema, PropertySchemas } from '../../template/property-schema.ts';
import { exitCodes } from '../exit-codes.ts';
import { atTerminal, loadTypes } from '../session.ts';
import { formatTable } from '../table.ts';
import type { Colors } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export function addTypes(program: Command): void {
  program
    .command('types')
    .argument('[type]', 'one type: its properties and attributes')
    .description('the resource types offered here')
    .action(
      atTerminal(async (terminal, options, name) => {
        const registry = openRegistry(options.local, await loadTypes(options.provider));
        const types = registry.names.map((known) => registry.findType(known)!);
        if (name === undefined) {
          if (terminal.json) terminal.printJson(types.map(({ name, description }) => ({ name, description })));
          else
            terminal.print(
              formatTable(
                ['type', 'what it is'],
                types.map((type) => [type.name, firstSentence(type.description)]),
                terminal.colors,
              ),
            );
          return exitCodes.done;
        }
        const type = registry.findType(name);
        if (type === undefined)
          throw new UsageError(
            'NO_SUCH_TYPE',
            `there is no type ${name} here`,
            options.local ? 'setpoint types lists them' : 'types that reach this machine are left out by --no-local',
          );
        if (terminal.json)
          terminal.printJson({
            name: type.name,
            description: type.description,
            properties: type.properties,
            attributes: type.attributes,
            facts: type.facts,
          });
        else terminal.print(formatType(type, terminal.colors));
        return exitCodes.done;
      }),
    );
}

function formatType(type: ResourceType, colors: Colors): string {
  const properties = rowsOf(type.properties, '');
  const attributes = Object.entries(type.attributes).map(([name, schema]) => [
    name,
    `${schema.type}${schema.sensitive ? ', secret' : ''}`,
    schema.description ?? '',
  ]);
  return [
    colors.bold(type.name),
    type.description,
    ...(properties.length > 0
      ? ['', formatTable(['property', 'type', 'default', 'a change', 'what it is'], properties, colors)]
      : []),
    ...(attributes.length > 0 ? ['', formatTable(['attribute', 'type', 'what it is'], attributes, colors)] : []),
  ].join('\n');
}

function rowsOf(schemas: PropertySchemas, prefix: string): string[][] {
  return Object.entries(schemas).flatMap(([name, schema]) => [
    rowOf(`${prefix}${name}`, schema, prefix === ''),
    ...rowsOf(schema.properties ?? {}, `${prefix}${name}.`),
    ...rowsOf(schema.items?.properties ?? {}, `${prefix}${name}[].`),
  ]);
}

function rowOf(path: string, schema: PropertySchema, isTop: boolean): string[] {
  const type = `${schema.type}${schema.items ? ` of ${schema.items.type}` : ''}${schema.sensitive ? ', secret' : ''}`;
  const preset = schema.required ? 'required' : schema.default === undefined ? '' : JSON.stringify(schema.default);
  const change = !isTop ? '' : schema.immutable ? 'refused' : schema.update === 'in-place' ? 'in place' : 'replaces';
  return [path, type, preset, change, schema.description ?? ''];
}

function firstSentence(text: string): string {
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text;
}
