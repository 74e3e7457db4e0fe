/**
 * OS::Heat::Value: a name for a value, so that an expression is worked out once.
 *
 * With `type` the value is turned into it, as Heat turns a parameter's; what can't be turned is refused before anything is made.
 */
import { isMap, type Json } from '../../std/json.ts';
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

/** The value as `type`; undefined where it has no such form. */
function convert(given: Json, type: string | undefined): Json | undefined {
  switch (type) {
    case 'string':
      return typeof given === 'string' ? given : typeof given === 'object' ? JSON.stringify(given) : String(given);
    case 'number':
      return toNumber(given);
    case 'boolean':
      return toBoolean(given);
    case 'comma_delimited_list':
      return toList(given);
    case 'json':
      return toStructure(given);
    default:
      return given;
  }
}

function toNumber(given: Json): number | undefined {
  if (typeof given === 'number') return given;
  if (typeof given !== 'string' || given.trim() === '') return undefined;
  const number = Number(given);
  return Number.isFinite(number) ? number : undefined;
}

/** The words that Heat takes for truth. */
function toBoolean(given: Json): boolean | undefined {
  if (typeof given === 'boolean') return given;
  const word = String(given).trim().toLowerCase();
  if (['t', 'true', 'on', 'y', 'yes', '1'].includes(word)) return true;
  if (['f', 'false', 'off', 'n', 'no', '0'].includes(word)) return false;
  return undefined;
}

function toList(given: Json): Json | undefined {
  if (Array.isArray(given)) return given;
  if (typeof given !== 'string') return undefined;
  return given === '' ? [] : given.split(',').map((part) => part.trim());
}

function toStructure(given: Json): Json | undefined {
  if (Array.isArray(given) || isMap(given)) return given;
  if (typeof given !== 'string') return undefined;
  try {
    const parsed = JSON.parse(given) as Json;
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function refusal(given: Json, type: string | undefined): string {
  const kind = Array.isArray(given) ? 'list' : given === null ? 'null' : typeof given === 'object' ? 'map' : typeof given;
  return `value can't be turned into type ${type}: it is a ${kind} of another form`;
}
