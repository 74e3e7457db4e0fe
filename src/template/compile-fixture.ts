/** For tests only: a small catalog of types, and compiling in one line. */
import { formatDiagnostic } from '../std/diagnostic.ts';
import type { Json, JsonMap } from '../std/json.ts';
import { type Compilation, type CompileOptions, compileGoal } from './compile.ts';
import type { CompiledGoal } from './definition.ts';
import type { Outputs, Scope } from './expression.ts';
import { CFN_STACK, HEAT_STACK } from './nested/stack-types.ts';
import type { TypeCatalog, TypeSchema } from './property-schema.ts';

export const THING: TypeSchema = {
  name: 'Test::Thing',
  properties: {
    value: { type: 'any' },
    text: { type: 'string', constraints: [{ length: { max: 20 } }] },
    size: { type: 'integer', default: 1, constraints: [{ range: { min: 1, max: 10 } }] },
    on: { type: 'boolean' },
    names: { type: 'list', items: { type: 'string', constraints: [{ allowed_pattern: '[a-z]+' }] } },
    disk: { type: 'map', properties: { gb: { type: 'integer', required: true }, kind: { type: 'string', default: 'ssd' } } },
    password: { type: 'string', sensitive: true },
  },
  attributes: { out: { type: 'any' }, more: { type: 'map' }, key: { type: 'string', sensitive: true } },
  validate: ({ text, on }) => (text === 'off' && on === true ? ['it can not be on and off'] : []),
};

export const NEEDY: TypeSchema = {
  name: 'Test::Needy',
  properties: { name: { type: 'string', required: true } },
  attributes: {},
};

export const SECRET: TypeSchema = { name: 'Test::Secret', properties: {}, attributes: {}, sensitiveReference: true };
export const NONE: TypeSchema = { name: 'OS::Heat::None', properties: {}, attributes: {}, openProperties: true };

const TYPES: readonly TypeSchema[] = [THING, NEEDY, SECRET, NONE, HEAT_STACK, CFN_STACK];

export const CATALOG: TypeCatalog = {
  findType: (name) => TYPES.find((type) => type.name === name),
  names: TYPES.map((type) => type.name),
};

export const PSEUDO = { stackId: 'id-1', stackName: 'demo', projectId: 'p-1' };

export interface FixtureOptions {
  readonly parameters?: JsonMap;
  readonly files?: { readonly [name: string]: string };
  readonly environments?: readonly string[];
  readonly previous?: NonNullable<CompileOptions['previous']>;
  readonly limits?: NonNullable<CompileOptions['limits']>;
}

/** Compiles a template's text, or a template as JSON. */
export function compile(template: string | JsonMap, options: FixtureOptions = {}): Compilation {
  const text = typeof template === 'string' ? template : JSON.stringify(template);
  const environments = (options.environments ?? []).map((environment, i) => ({ name: `env-${i}.yaml`, text: environment }));
  const documents = {
    template: { name: 't.yaml', text },
    files: options.files ?? {},
    environments,
    parameters: options.parameters ?? {},
  };
  const { previous, limits } = options;
  return compileGoal(documents, {
    catalog: CATALOG,
    pseudo: PSEUDO,
    ...(previous === undefined ? {} : { previous }),
    ...(limits === undefined ? {} : { limits }),
  });
}

/** The goal of a template that must have nothing wrong. */
export function compiled(template: string | JsonMap, options: FixtureOptions = {}): CompiledGoal {
  const compilation = compile(template, options);
  if (!compilation.ok) throw new Error(compilation.diagnostics.map(formatDiagnostic).join('\n'));
  return compilation.goal;
}

/** `line:column CODE` of everything found, warnings too. */
export function findings(template: string | JsonMap, options: FixtureOptions = {}): readonly string[] {
  const compilation = compile(template, options);
  const all = compilation.ok ? compilation.warnings : compilation.diagnostics;
  return all.map(
    ({ file, line, column, code }) =>
      `${file === 't.yaml' ? '' : `${file ?? 'request'} `}${line ?? '-'}:${column ?? '-'} ${code}`,
  );
}

/** A template of one thing `t` with a value, besides two others to refer to. */
export function templateOf(version: string, value: Json, more: JsonMap = {}): JsonMap {
  const others = { a: { type: 'Test::Thing' }, b: { type: 'Test::Thing' } };
  return { heat_template_version: version, ...more, resources: { ...others, t: { type: 'Test::Thing', properties: { value } } } };
}

/** Outputs of any resource from a table; those not in it are not known. */
export function scopeOf(outputs: { readonly [name: string]: Partial<Outputs> }): Scope {
  return {
    findOutputs: (name) =>
      Object.hasOwn(outputs, name) ? { reference: null, attributes: {}, secret: [], ...outputs[name] } : undefined,
  };
}
