/**
 * OS::Heat::Value: a name for a value, so that an expression is worked out once.
 *
 * With `type` the value is what a property of that type is, as in Heat; what can't be is refused before anything is made.
 */
import type { Json } from '../../std/json.ts';
import { checkValue } from '../../template/check-value.ts';
import type { ValueType } from '../../template/property-schema.ts';
import { defineResource, fail } from '../sdk.ts';

export const value = defineResource({
  type: 'OS::Heat::Value',
  description: 'Holds a value of any type that other resources and outputs refer to.',
  effects: false,
  properties: {
    value: { type: 'any', required: true, update: 'in-place', description: 'The value.' },
    type: {
      type: 'string',
      update: 'in-place',
      constraints: [{ allowed_values: ['string', 'number', 'comma_delimited_list', 'json', 'boolean'] }],
      description: 'What to turn the value into; as it is when left out.',
    },
  },
  attributes: { value: { type: 'any', description: 'The value.' } },

  create: (call) => ({ physicalId: `value-${call.token}`, attributes: { value: converted(call.properties) } }),

  update: (call) => ({ physicalId: call.physicalId ?? `value-${call.token}`, attributes: { value: converted(call.properties) } }),

  validate({ value: given, type }) {
    if (given === undefined) return [];
    return convert(given, type) === undefined ? [refusal(given, type)] : [];
  },
});

function converted(properties: { readonly value: Json; readonly type?: string | undefined }): Json {
  const result = convert(properties.value, properties.type);
  if (result === undefined) throw fail(refusal(properties.value, properties.type), { changed: false });
  return result;
}

/** What a property of that type would be, and what it is without a value. */
const TYPES: { readonly [type: string]: { readonly type: ValueType; readonly empty: Json } } = {
  string: { type: 'string', empty: '' },
  number: { type: 'number', empty: 0 },
  boolean: { type: 'boolean', empty: false },
  comma_delimited_list: { type: 'list', empty: [] },
  json: { type: 'map', empty: {} },
};

/** The value as `type`, by the rules of properties, which are stricter than those of parameters; undefined where it has no such form. */
function convert(given: Json, type: string | undefined): Json | undefined {
  const wanted = type === undefined ? undefined : TYPES[type];
  if (wanted === undefined) return given;
  if (given === null) return wanted.empty;
  const { value: converted, problems } = checkValue({ type: wanted.type }, given, 'value');
  return problems.length === 0 ? converted : undefined;
}

function refusal(given: Json, type: string | undefined): string {
  const kind = Array.isArray(given) ? 'list' : given === null ? 'null' : typeof given === 'object' ? 'map' : typeof given;
  return `value can't be turned into type ${type}: it is a ${kind} of another form`;
}
