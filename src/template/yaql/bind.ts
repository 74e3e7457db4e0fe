/**
 * Arguments on their way to a function: each is evaluated at most once, however many functions of the name are tried, and not at all if it
 * is wanted as an expression.
 */
import { YaqlError } from './fault.ts';
import type { Quota } from './quota.ts';
import type { Scope } from './scope.ts';
import { type Lambda, type NamedLambda, type Param, type Signature, signatureText, type Type } from './signature.ts';
import type { Arg, Node } from './syntax.ts';
import { describe, type Rule, type Value } from './value.ts';

/** The evaluator, as those see it that it calls. */
export interface Machine {
  readonly quota: Quota;
  readonly evaluate: (node: Node, scope: Scope) => Value;
}

/** An argument with its value, once it was asked for. */
export interface Slot {
  readonly arg: Arg;
  value: Value | undefined;
}

export interface Given {
  /** undefined when it is not called as a method. */
  readonly receiver: Value | undefined;
  readonly slots: readonly Slot[];
  readonly machine: Machine;
  readonly scope: Scope;
}

export function slotsOf(args: readonly Arg[]): readonly Slot[] {
  return args.map((arg) => ({ arg, value: undefined }));
}

const UNFIT: unique symbol = Symbol('does not fit');

/** The arguments in the order of the parameters; undefined when they don't fit. */
export function bindArguments(signature: Signature, given: Given): readonly unknown[] | undefined {
  const supply = supplyOf(signature, given);
  if (supply === undefined) return undefined;
  const bound: unknown[] = [];
  for (const [i, param] of signature.params.entries()) {
    const argument =
      i === 0 && given.receiver !== undefined ? fitValue(param.type, given.receiver, given) : fitParam(param, supply, given);
    if (argument === UNFIT) return undefined;
    bound.push(argument);
  }
  return supply.positional.length === 0 && supply.named.size === 0 ? bound : undefined;
}

interface Supply {
  readonly positional: Slot[];
  readonly named: Map<string, Slot>;
}

/** `key => value` is a named argument unless the function takes mappings. */
function supplyOf(signature: Signature, { slots }: Given): Supply | undefined {
  const rules = signature.params.some(({ type }) => type.mode === 'rule' || type.mode === 'lazy rule');
  const supply: Supply = { positional: [], named: new Map() };
  for (const slot of slots) {
    if (rules || slot.arg.kind !== 'rule') supply.positional.push(slot);
    else if (slot.arg.key.kind === 'word') supply.named.set(slot.arg.key.text, slot);
    else return undefined;
  }
  return supply;
}

function fitParam(param: Param<unknown>, supply: Supply, given: Given): unknown {
  if (param.manner === 'rest') return fitAll(param.type, supply.positional.splice(0), given);
  if (param.manner === 'named rest') return takeNamed(supply, given);
  const slot = takeSlot(param.name, supply);
  if (slot !== undefined) return fit(param.type, slot, given);
  return param.manner === 'optional' ? param.otherwise : UNFIT;
}

function takeSlot(name: string, supply: Supply): Slot | undefined {
  const slot = supply.positional.shift() ?? supply.named.get(name);
  if (slot?.arg.kind === 'rule') supply.named.delete(name);
  return slot?.arg.kind === 'skipped' ? undefined : slot;
}

function fitAll(type: Type<unknown>, slots: readonly Slot[], given: Given): unknown {
  const all = slots.map((slot) => fit(type, slot, given));
  return all.includes(UNFIT) ? UNFIT : all;
}

function takeNamed(supply: Supply, given: Given): ReadonlyMap<string, Value> {
  const values = new Map([...supply.named].map(([name, slot]) => [name, evaluated(slot, given)]));
  supply.named.clear();
  return values;
}

function fit(type: Type<unknown>, slot: Slot, given: Given): unknown {
  if (slot.arg.kind === 'skipped') return UNFIT;
  switch (type.mode) {
    case 'lambda':
      return lambdaOf(nodeOf(slot.arg), given);
    case 'named lambda':
      return namedLambdaOf(nodeOf(slot.arg), given);
    case 'lazy rule':
      if (slot.arg.kind !== 'rule') return UNFIT;
      return { key: lambdaOf(slot.arg.key, given), value: lambdaOf(slot.arg.value, given) };
    case 'rule':
      return slot.arg.kind === 'rule' ? ruleOf(slot.arg, given) : UNFIT;
    default:
      return fitValue(type, evaluated(slot, given), given);
  }
}

function fitValue(type: Type<unknown>, value: Value, { machine }: Given): unknown {
  return type.mode === 'value' && type.accepts(value) ? type.convert(value, machine.quota) : UNFIT;
}

function nodeOf(arg: Arg): Node {
  if (arg.kind === 'skipped') throw new YaqlError('an argument is missing', { at: arg.at });
  return arg.value;
}

export function evaluated(slot: Slot, { machine, scope }: Given): Value {
  if (slot.value === undefined) slot.value = machine.evaluate(nodeOf(slot.arg), scope);
  return slot.value;
}

function ruleOf(arg: Arg & { readonly kind: 'rule' }, { machine, scope }: Given): Rule {
  return { kind: 'rule', key: machine.evaluate(arg.key, scope), value: machine.evaluate(arg.value, scope) };
}

export function lambdaOf(node: Node, { machine, scope }: Pick<Given, 'machine' | 'scope'>): Lambda {
  return (...args) => machine.evaluate(node, args.length === 0 ? scope : { parent: scope, args });
}

function namedLambdaOf(node: Node, { machine, scope }: Given): NamedLambda {
  return (args, variables) => machine.evaluate(node, { parent: scope, args, variables });
}

/** Says what was given and what can be. */
export function noMatch(name: string, signatures: readonly Signature[], given: Given): YaqlError {
  const values = given.slots.map((slot) => (slot.value === undefined ? 'an expression' : describe(slot.value)));
  const on = given.receiver === undefined ? '' : ` of ${describe(given.receiver)}`;
  const taken = values.length === 0 ? 'no arguments' : values.join(', ');
  const forms = [...new Set(signatures.map(signatureText))].join(' or ');
  return new YaqlError(`"${name}"${on} does not take ${taken}`, { kind: 'no match', hint: `it is written ${forms}` });
}
