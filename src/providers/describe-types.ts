/** The reference of resource types as Markdown, from their schemas, so that docs/providers/types.md can't say anything else. Pure. */
import type { ResourceType } from '../engine/ports/provider.ts';
import type { Constraint, PropertySchema, PropertySchemas } from '../template/property-schema.ts';

/** One section for each type, in the order given. */
export function describeTypes(types: readonly ResourceType[]): string {
  return types.map(describeType).join('\n');
}

function describeType(type: ResourceType): string {
  const properties = rowsOf(type.properties, '');
  const attributes = Object.entries(type.attributes).map(
    ([name, schema]) => `| \`${name}\` | ${schema.type}${schema.sensitive ? ', secret' : ''} | ${cell(schema.description)} |`,
  );
  const parts = [`## ${type.name}\n`, `${type.description}\n`, `${factsOf(type)}\n`];
  if (properties.length > 0) parts.push(table('| property | type | default | a change | what it is |', properties));
  if (type.openProperties) parts.push('Any property is accepted.\n');
  if (attributes.length > 0) parts.push(table('| attribute | type | what it is |', attributes));
  return parts.join('\n');
}

function table(head: string, rows: readonly string[]): string {
  const line = head.replaceAll(/[^|]+/g, '---');
  return `${[head, line, ...rows].join('\n')}\n`;
}

function rowsOf(schemas: PropertySchemas, prefix: string): string[] {
  return Object.entries(schemas).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const inner = [
      ...rowsOf(schema.properties ?? {}, `${path}.`),
      ...(schema.items?.properties ? rowsOf(schema.items.properties, `${path}[].`) : []),
    ];
    return [rowOf(path, schema, prefix === ''), ...inner];
  });
}

function rowOf(path: string, schema: PropertySchema, isTop: boolean): string {
  const type = `${schema.type}${schema.items ? ` of ${schema.items.type}` : ''}${schema.sensitive ? ', secret' : ''}`;
  const fallback = schema.required ? 'required' : schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  const change = !isTop ? '' : schema.immutable ? 'refused' : schema.update === 'in-place' ? 'in place' : 'replaces';
  const limits = [...(schema.constraints ?? []), ...(schema.items?.constraints ?? [])]
    .map(limitOf)
    .filter((limit) => limit !== '');
  const text = [cell(schema.description), ...limits].filter((part) => part !== '').join(' ');
  return `| \`${path}\` | ${type} | ${fallback} | ${change} | ${text} |`;
}

function limitOf(constraint: Constraint): string {
  if ('range' in constraint) return `${between(constraint.range)}.`;
  if ('length' in constraint) return `${between(constraint.length)} characters or items.`;
  if ('allowed_values' in constraint)
    return `One of ${constraint.allowed_values.map((value) => `\`${String(value)}\``).join(', ')}.`;
  return '';
}

function between({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (max === undefined) return `At least ${min}`;
  return min === undefined ? `At most ${max}` : `From ${min} to ${max}`;
}

function factsOf({ facts }: ResourceType): string {
  const sentences = [
    facts.effects ? '' : 'Lives in the database only.',
    facts.hostBound ? 'Belongs to the machine where it was made.' : '',
    facts.replace === 'delete-first' ? 'When it is replaced, the old one is deleted first.' : '',
    facts.interruptible ? 'Can be interrupted.' : '',
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function cell(text: string | undefined): string {
  return (text ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
}
