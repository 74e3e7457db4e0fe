/**
 * The resource types of OpenStack Heat as schemas to validate against: they can't be made here, but templates that use them can be checked.
 *
 * What a property refers to in a cloud (custom constraints) is not asked, and types whose attributes depend on what is in them take any.
 */
import { isMap, type Json } from '../../std/json.ts';
import { customConstraintKind } from '../custom-constraints.ts';
import { CFN_STACK, HEAT_STACK } from '../nested/stack-types.ts';
import type {
  AttributeSchemas,
  Constraint,
  GroupForm,
  PropertySchema,
  PropertySchemas,
  TypeCatalog,
  TypeSchema,
  ValueType,
} from '../property-schema.ts';

/** One property as the list of Heat's types has it. */
export interface HeatProperty {
  readonly type: string;
  readonly required?: boolean;
  readonly default?: Json;
  readonly update_allowed?: boolean;
  readonly immutable?: boolean;
  readonly constraints?: readonly (readonly Json[])[];
  /** Of a list: '*'; of a map: its keys, or '*'. */
  readonly schema?: { readonly [name: string]: HeatProperty };
}

export interface HeatType {
  readonly props: { readonly [name: string]: HeatProperty };
  readonly attrs: { readonly [name: string]: { readonly type: string | null } };
}

const VALUE_TYPES: ReadonlyMap<string, ValueType> = new Map([
  ['String', 'string'],
  ['Number', 'number'],
  ['Integer', 'integer'],
  ['Boolean', 'boolean'],
  ['List', 'list'],
  ['Map', 'map'],
]);

/** Their attributes are those of what they contain or are configured with. */
const ANY_ATTRIBUTE =
  /^(?:OS::Heat::(?:ResourceGroup|AutoScalingGroup|InstanceGroup|ResourceChain|(?:Software|Structured)Deployment(?:Group)?)|AWS::AutoScaling::AutoScalingGroup)$/;

const WITH_SNAPSHOTS: ReadonlySet<string> = new Set(['OS::Cinder::Volume', 'OS::Nova::Server', 'AWS::EC2::Volume']);

/** Types that Heat still takes but lists no more: under another name, or as something that does nothing and takes any property. */
const HIDDEN: ReadonlyMap<string, string | null> = new Map([
  ['OS::Heat::SoftwareDeployments', 'OS::Heat::SoftwareDeploymentGroup'],
  ['OS::Heat::StructuredDeployments', 'OS::Heat::StructuredDeploymentGroup'],
  ['OS::Magnum::BayModel', 'OS::Magnum::ClusterTemplate'],
  ...[
    'OS::Aodh::CombinationAlarm',
    'OS::Designate::Domain',
    'OS::Designate::Record',
    'OS::Heat::HARestarter',
    'OS::Magnum::Bay',
    'OS::Neutron::HealthMonitor',
    'OS::Neutron::LoadBalancer',
    'OS::Neutron::Pool',
    'OS::Neutron::PoolMember',
    'OS::Neutron::RouterGateway',
    'OS::Nova::FloatingIP',
    'OS::Nova::FloatingIPAssociation',
  ].map((name) => [name, null] as const),
]);

/** What the environment that comes with Heat maps. */
const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^OS::Quantum(?=::)/, 'OS::Neutron'],
  [/^OS::Ceilometer(?=::)/, 'OS::Aodh'],
  [/^OS::Metering::Alarm$/, 'OS::Aodh::Alarm'],
];

function placeholder(name: string): TypeSchema {
  return { name, properties: {}, attributes: { '*': { type: 'any' } }, openProperties: true };
}

/** They are looked into as they are where they can be made. */
const STACKS: ReadonlyMap<string, TypeSchema> = new Map([HEAT_STACK, CFN_STACK].map((type) => [type.name, type]));

const GROUPS: ReadonlyMap<string, GroupForm> = new Map([
  ['OS::Heat::ResourceGroup', { definition: 'resource_def', sizes: ['count'], index: 'index_var' }],
  ['OS::Heat::AutoScalingGroup', { definition: 'resource', sizes: ['desired_capacity', 'min_size'] }],
]);

/** `types` by name. */
export function makeHeatCatalog(types: { readonly [name: string]: HeatType }): TypeCatalog {
  const known = new Map<string, TypeSchema>();
  return {
    remoteStacks: true,
    heatTypes: true,
    names: Object.keys(types),
    findType(written) {
      const renamed = RENAMED.reduce((text, [from, to]) => text.replace(from, to), written);
      const hidden = HIDDEN.get(renamed);
      if (hidden === null) return placeholder(written);
      const name = hidden ?? renamed;
      if (!Object.hasOwn(types, name)) return undefined;
      const stack = STACKS.get(name);
      if (stack !== undefined) return stack;
      const schema = known.get(name) ?? heatTypeSchema(name, types[name]!);
      known.set(name, schema);
      return schema;
    },
  };
}

function heatTypeSchema(name: string, { props, attrs }: HeatType): TypeSchema {
  const group = GROUPS.get(name);
  return {
    name,
    properties: schemasOf(props),
    attributes: attributesOf(name, attrs),
    snapshots: WITH_SNAPSHOTS.has(name),
    adoptsBare: true,
    ...(group === undefined ? {} : { group }),
    ...(name === 'OS::Heat::None' ? { openProperties: true } : {}),
  };
}

/** Where `network` is required, Heat takes the older `network_id` for it. */
function withAliases(schemas: PropertySchemas): PropertySchemas {
  const isGivenOtherwise = (name: string) => Object.hasOwn(schemas, `${name}_id`);
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, isGivenOtherwise(name) ? { ...schema, required: false } : schema]),
  );
}

function attributesOf(name: string, attrs: HeatType['attrs']): AttributeSchemas {
  const own = Object.entries(attrs).map(([key, { type }]) => [key, { type: valueType(type) }] as const);
  return { ...Object.fromEntries(own), show: { type: 'map' }, ...(ANY_ATTRIBUTE.test(name) ? { '*': { type: 'any' } } : {}) };
}

function valueType(type: string | null): ValueType {
  return VALUE_TYPES.get(type ?? '') ?? 'any';
}

function schemasOf(properties: { readonly [name: string]: HeatProperty }): PropertySchemas {
  return withAliases(Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, schemaOf(property)])));
}

function schemaOf(property: HeatProperty): PropertySchema {
  const constraints = (property.constraints ?? []).flatMap(constraintOf);
  return {
    type: valueType(property.type),
    ...(property.required === true ? { required: true } : {}),
    ...((property.default ?? null) === null ? {} : { default: property.default! }),
    ...(property.update_allowed === true ? { update: 'in-place' } : {}),
    ...(property.immutable === true ? { immutable: true } : {}),
    ...(constraints.length === 0 ? {} : { constraints }),
    ...insideOf(property.schema),
  };
}

function insideOf(schema: HeatProperty['schema']): Pick<PropertySchema, 'items' | 'properties'> {
  if (schema === undefined) return {};
  const items = schema['*'];
  return items === undefined ? { properties: schemasOf(schema) } : { items: schemaOf(items) };
}

function constraintOf([kind, ...args]: readonly Json[]): readonly Constraint[] {
  const [first = null, second = null] = args;
  if (kind === 'allowed_values' && Array.isArray(first)) return [{ allowed_values: first as readonly Json[] }];
  if (kind === 'pattern' && typeof first === 'string') return [{ allowed_pattern: first }];
  if (kind === 'range') return [{ range: boundsOf(first, second) }];
  if (kind === 'length') return [{ length: boundsOf(first, second) }];
  return kind === 'custom' && typeof first === 'string' && customConstraintKind(first) === 'checked'
    ? [{ custom_constraint: first }]
    : [];
}

function boundsOf(min: Json, max: Json): { readonly min?: number; readonly max?: number } {
  return { ...(typeof min === 'number' ? { min } : {}), ...(typeof max === 'number' ? { max } : {}) };
}

/** Whether a value has the shape of the list of types. */
export function isHeatTypes(value: unknown): value is { readonly [name: string]: HeatType } {
  return isMap(value) && Object.values(value).every((type) => isMap(type) && isMap(type['props']) && isMap(type['attrs']));
}
