/**
 * What can be wrong with a resource type's spec, found before any call: sentences, all of them at once.
 *
 * It looks at values, not at TypeScript types, because types also come from plain JavaScript modules.
 */
import { isMap, type Json } from '../std/json.ts';

type Loose = { readonly [key: string]: unknown };

const FUNCTIONS = [
  'create',
  'find',
  'read',
  'update',
  'delete',
  'check',
  'suspend',
  'resume',
  'validate',
  'identity',
  'matches',
  'replaceReason',
  'migrate',
  'configure',
];
const FLAGS = ['openProperties', 'effects', 'interruptible', 'updatesSuspended', 'idempotent', 'sensitiveReference'];
const KNOWN = new Set([
  ...FUNCTIONS,
  ...FLAGS,
  'type',
  'description',
  'schemaVersion',
  'properties',
  'attributes',
  'provider',
  'host',
  'replace',
  'halfMade',
  'timeout',
]);
const VALUE_TYPES = ['string', 'number', 'integer', 'boolean', 'list', 'map', 'any'];
const CONSTRAINTS = ['length', 'range', 'modulo', 'allowed_values', 'allowed_pattern', 'custom_constraint'];

export function checkSpec(spec: Loose): string[] {
  return [
    ...unknownKeys(spec),
    ...checkName(spec['type']),
    ...checkKinds(spec),
    ...checkFacts(spec),
    ...checkAgreement(spec),
    ...checkProperties(spec['properties'] ?? {}, 'properties'),
    ...checkAttributes(spec['attributes'] ?? {}),
  ];
}

export function checkProviderName(name: unknown): string[] {
  if (typeof name === 'string' && /^[A-Za-z0-9_.-]+(::[A-Za-z0-9_.-]+)*$/.test(name)) return [];
  return [`name must be letters, digits, '_', '.', '-' and '::', not ${JSON.stringify(name)}`];
}

export function checkSettings(settings: unknown): string[] {
  return checkProperties(settings, 'settings');
}

function unknownKeys(spec: Loose): string[] {
  return Object.keys(spec)
    .filter((key) => !KNOWN.has(key))
    .map((key) => `'${key}' is not known`);
}

function checkName(name: unknown): string[] {
  if (typeof name === 'string' && /^[A-Za-z0-9_.-]+(::[A-Za-z0-9_.-]+)+$/.test(name)) return [];
  return [`type must be a name like 'Vendor::Service::Thing', not ${JSON.stringify(name)}`];
}

function checkKinds(spec: Loose): string[] {
  const problems: string[] = [];
  if (typeof spec['create'] !== 'function') problems.push('create is required and must be a function');
  for (const name of FUNCTIONS.slice(1)) {
    if (spec[name] !== undefined && typeof spec[name] !== 'function') problems.push(`${name} must be a function`);
  }
  for (const name of FLAGS) {
    if (spec[name] !== undefined && typeof spec[name] !== 'boolean') problems.push(`${name} must be true or false`);
  }
  if (spec['description'] !== undefined && typeof spec['description'] !== 'string') problems.push('description must be a string');
  return problems;
}

function checkFacts(spec: Loose): string[] {
  const problems: string[] = [];
  const { host, replace, halfMade, timeout, schemaVersion, provider } = spec;
  const oneOf = (name: string, value: unknown, allowed: readonly string[]) => {
    if (value !== undefined && !allowed.includes(value as string))
      problems.push(`${name} must be ${allowed.map(quote).join(' or ')}`);
  };
  oneOf('host', host, ['local']);
  oneOf('replace', replace, ['create-first', 'delete-first']);
  oneOf('halfMade', halfMade, ['resume', 'replace']);
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0 && Number.isFinite(timeout))) {
    problems.push('timeout must be a number of seconds above 0');
  }
  if (schemaVersion !== undefined && !(Number.isInteger(schemaVersion) && (schemaVersion as number) >= 1)) {
    problems.push('schemaVersion must be an integer of at least 1');
  }
  if (typeof provider === 'string') problems.push(...checkProviderName(provider).map((problem) => `provider: ${problem}`));
  else if (provider !== undefined && !(isMap(provider) && typeof (provider as Loose)['configure'] === 'function')) {
    problems.push('provider must be a name or what defineProvider returned');
  }
  return problems;
}

/** Facts and functions that contradict each other. */
function checkAgreement(spec: Loose): string[] {
  const problems: string[] = [];
  const has = (name: string) => spec[name] !== undefined;
  const updatable = Object.entries(isMap(spec['properties']) ? spec['properties'] : {}).filter(
    ([, schema]) => isMap(schema) && schema['update'] === 'in-place',
  );
  if (updatable.length > 0 && !has('update')) {
    problems.push(
      `update is missing, but these properties say update: 'in-place': ${updatable.map(([name]) => name).join(', ')}`,
    );
  }
  if (updatable.length === 0 && has('update') && spec['openProperties'] !== true) {
    problems.push("update would never be called: no property says update: 'in-place'");
  }
  if (spec['replace'] === 'delete-first' && !has('delete')) problems.push("replace: 'delete-first' needs delete");
  if (spec['effects'] === false && spec['host'] === 'local')
    problems.push("effects: false and host: 'local' contradict each other");
  if (spec['effects'] === false && has('find')) problems.push('effects: false leaves nothing to find');
  if (spec['halfMade'] === 'resume' && spec['idempotent'] !== true && !has('find')) {
    problems.push("halfMade: 'resume' needs find, or idempotent: true");
  }
  if (typeof spec['schemaVersion'] === 'number' && spec['schemaVersion'] > 1 && !has('migrate')) {
    problems.push('schemaVersion above 1 needs migrate, for what older versions stored');
  }
  if (has('configure') && typeof spec['provider'] === 'object')
    problems.push('configure belongs to the provider that provider names');
  return problems;
}

function checkProperties(schemas: unknown, path: string): string[] {
  if (!isMap(schemas)) return [`${path} must be a map of schemas`];
  return Object.entries(schemas).flatMap(([name, schema]) => checkProperty(schema, `${path}.${name}`));
}

function checkProperty(schema: unknown, path: string): string[] {
  if (!isMap(schema)) return [`${path} must be a schema`];
  const problems: string[] = [];
  const { type, required, update, properties, items, constraints } = schema;
  const fallback = schema['default'];
  if (!VALUE_TYPES.includes(type as string)) problems.push(`${path}.type must be one of ${VALUE_TYPES.join(', ')}`);
  if (required === true && fallback !== undefined) problems.push(`${path} is required and has a default: only one makes sense`);
  if (fallback !== undefined && !fits(fallback, type)) problems.push(`${path}.default is not of type ${String(type)}`);
  if (update !== undefined && update !== 'in-place' && update !== 'replace') {
    problems.push(`${path}.update must be 'in-place' or 'replace'`);
  }
  if (properties !== undefined && type !== 'map') problems.push(`${path}.properties is for maps only`);
  if (items !== undefined && type !== 'list' && type !== 'map') problems.push(`${path}.items is for lists and maps only`);
  if (properties !== undefined && items !== undefined) problems.push(`${path} has both properties and items`);
  if (properties !== undefined) problems.push(...checkProperties(properties, `${path}.properties`));
  if (items !== undefined) problems.push(...checkProperty(items, `${path}.items`));
  if (constraints !== undefined) problems.push(...checkConstraints(constraints, `${path}.constraints`));
  return problems;
}

function checkConstraints(constraints: unknown, path: string): string[] {
  if (!Array.isArray(constraints)) return [`${path} must be a list`];
  return constraints.flatMap((constraint: unknown, index) => {
    const keys = isMap(constraint) ? Object.keys(constraint).filter((key) => key !== 'description') : [];
    if (keys.length === 1 && CONSTRAINTS.includes(keys[0] as string)) return [];
    return [`${path}[${index}] must have exactly one of ${CONSTRAINTS.join(', ')}`];
  });
}

function checkAttributes(schemas: unknown): string[] {
  if (!isMap(schemas)) return ['attributes must be a map of schemas'];
  return Object.entries(schemas).flatMap(([name, schema]) =>
    isMap(schema) && VALUE_TYPES.includes(schema['type'] as string)
      ? []
      : [`attributes.${name}.type must be one of ${VALUE_TYPES.join(', ')}`],
  );
}

function fits(value: Json, type: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'list':
      return Array.isArray(value);
    case 'map':
      return isMap(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      return true;
  }
}

function quote(text: string): string {
  return `'${text}'`;
}
