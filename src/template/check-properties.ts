/** Checks the properties of a resource, as far as they are known, and reports what is wrong where it stands. */
import type { JsonMap } from '../std/json.ts';
import { checkMembers, type ValueProblem } from './check-value.ts';
import type { Findings } from './findings.ts';
import type { Path } from './path.ts';
import type { TypeSchema } from './property-schema.ts';
import type { Reader } from './read-values.ts';

export interface PropertyChecking {
  readonly reader: Reader;
  readonly findings: Findings;
}

export function checkProperties(type: TypeSchema, properties: JsonMap, path: Path, sources: PropertyChecking): void {
  const problems: ValueProblem[] = [];
  const schemas = type.openProperties === true ? knownSchemas(type, properties) : type.properties;
  const checked = checkMembers(schemas, properties, path, problems, sources.reader.isOpen);
  for (const problem of problems) reportProblem(type, problem, sources.findings);
  if (problems.length > 0 || type.validate === undefined || holdsOpen(properties, sources.reader)) return;
  for (const sentence of type.validate(checked)) sources.findings.error('PROP-VALUE', path, sentence);
}

/** A part waits for a resource, or for a parameter of a nested template. */
function holdsOpen(properties: JsonMap, { isOpen }: Reader): boolean {
  return Object.values(properties).some((value) => typeof value === 'object' && value !== null && isOpen(value));
}

function knownSchemas(type: TypeSchema, properties: JsonMap): TypeSchema['properties'] {
  const extra = Object.keys(properties).filter((name) => !Object.hasOwn(type.properties, name));
  return { ...type.properties, ...Object.fromEntries(extra.map((name) => [name, { type: 'any' as const }])) };
}

const CODES = { unknown: 'PROP-UNKNOWN', missing: 'PROP-MISSING', value: 'PROP-VALUE' } as const;

function reportProblem(type: TypeSchema, { kind, path, message, hint }: ValueProblem, findings: Findings): void {
  const colon = message.startsWith('must ') ? '' : ':';
  const sentence = kind === 'value' ? `"${path?.key}"${colon} ${message}` : `${type.name}: ${message}`;
  const place = kind === 'missing' ? (path?.parent ?? path) : path;
  findings.error(CODES[kind], place, sentence, { hint, atKey: kind !== 'value' });
}
