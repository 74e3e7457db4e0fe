/**
 * Evaluation of a syntax tree: variables, operators, members, indexes and calls.
 *
 * Pure, without eval and without the platform's objects: names are looked up in maps of the library and of the scope only. Whatever the
 * expression is, its steps, what it makes and how deep it goes are paid from the quota.
 */
import { bindArguments, type Given, type Machine, noMatch, slotsOf } from './bind.ts';
import { atIndex, findInDict, makeDict, toList } from './collection.ts';
import { YaqlError } from './fault.ts';
import { findFunctions } from './library.ts';
import { memberOf } from './member.ts';
import { isInteger, real } from './number.ts';
import { applyBinary, applyUnary } from './operators.ts';
import { CALL_STEPS, checkDepth, type Quota, spendStep } from './quota.ts';
import { findDefinition, findVariable, type Scope } from './scope.ts';
import { isScoping, scopeAfter } from './scoping.ts';
import type { Arg, CallNode, LeafNode, Node } from './syntax.ts';
import { describe, isDict, isList, isTrue, type Value } from './value.ts';

export function makeMachine(quota: Quota): Machine {
  const machine: Machine = { quota, evaluate: (node, scope) => evaluate(node, scope, machine) };
  return machine;
}

function evaluate(node: Node, scope: Scope, machine: Machine): Value {
  const { quota } = machine;
  spendStep(quota);
  if (node.kind === 'variable') return findVariable(scope, node.name, node.index);
  if (node.kind === 'literal') return node.float ? real(node.value as number) : node.value;
  if (node.kind === 'word') return node.text;
  checkDepth(++quota.depth);
  try {
    return evaluateNode(node, scope, machine);
  } catch (error) {
    if (error instanceof YaqlError) error.at ??= node.at;
    throw error;
  } finally {
    quota.depth--;
  }
}

function evaluateNode(node: Exclude<Node, LeafNode>, scope: Scope, machine: Machine): Value {
  switch (node.kind) {
    case 'list':
      return toList(plainArgs(node.args, scope, machine), machine.quota);
    case 'dict':
      return makeDict(pairs(node.args, scope, machine), machine.quota);
    case 'index':
      return indexed(machine.evaluate(node.of, scope), plainArgs(node.args, scope, machine), machine.quota);
    case 'member':
      return memberOf(machine.evaluate(node.of, scope), node, machine.quota);
    case 'call':
      return call(node, scope, machine);
    case 'unary':
      return applyUnary(node.operator, machine.evaluate(node.operand, scope));
    case 'binary':
      return binary(node, scope, machine);
  }
}

function plainArgs(args: readonly Arg[], scope: Scope, machine: Machine): readonly Value[] {
  return args.map((arg) => {
    if (arg.kind !== 'value') throw new YaqlError('a plain value is wanted here', { at: arg.at });
    return machine.evaluate(arg.value, scope);
  });
}

function pairs(args: readonly Arg[], scope: Scope, machine: Machine): readonly (readonly [Value, Value])[] {
  return args.map((arg) => {
    if (arg.kind !== 'rule') throw new YaqlError('a dict is written {key => value, …}', { at: arg.at });
    return [machine.evaluate(arg.key, scope), machine.evaluate(arg.value, scope)] as const;
  });
}

function indexed(value: Value, [index = null, otherwise, ...more]: readonly Value[], quota: Quota): Value {
  if (isDict(value) && more.length === 0) {
    const stored = findInDict(value, index, quota);
    const found = stored === undefined ? otherwise : stored;
    if (found === undefined)
      throw new YaqlError('the dict has no such key', { kind: 'no index', hint: '[key, default] gives the default then' });
    return found;
  }
  if (isList(value) && isInteger(index) && otherwise === undefined) return atIndex(value, index);
  const hint = describe(value) === 'an iterator' ? 'toList() makes a list of an iterator' : undefined;
  throw new YaqlError(`${describe(value)} has no index ${describe(index)}`, { kind: 'no match', hint });
}

function binary({ operator, left, right }: Node & { readonly kind: 'binary' }, scope: Scope, machine: Machine): Value {
  if (operator === '->') return machine.evaluate(right, scopeAfter(left, scope, machine));
  const first = machine.evaluate(left, scope);
  if (operator === 'and') return isTrue(first) ? machine.evaluate(right, scope) : first;
  if (operator === 'or') return isTrue(first) ? first : machine.evaluate(right, scope);
  return applyBinary(operator, first, machine.evaluate(right, scope), machine.quota);
}

function call(node: CallNode, scope: Scope, machine: Machine): Value {
  const receiver = node.receiver === null ? undefined : machine.evaluate(node.receiver, scope);
  if (node.safe && receiver === null) return null;
  const given: Given = { receiver, slots: slotsOf(node.args), machine, scope };
  const defined = receiver === undefined ? findDefinition(scope, node.name) : undefined;
  if (defined !== undefined) return defined(...plainArgs(node.args, scope, machine));
  if (isScoping(node.name)) {
    scopeAfter(node, scope, machine);
    return null;
  }
  return callFunction(node.name, given);
}

function callFunction(name: string, given: Given): Value {
  const all = findFunctions(name);
  spendStep(given.machine.quota, CALL_STEPS);
  const unwanted = given.receiver === undefined ? 'method' : 'function';
  for (const signature of all) {
    if (signature.form === unwanted) continue;
    spendStep(given.machine.quota);
    const args = bindArguments(signature, given);
    if (args !== undefined) return signature.apply(given.machine.quota, args);
  }
  if (all.length === 0) throw new YaqlError(`there is no function "${name}"`, { kind: 'no match' });
  throw noMatch(name, all, given);
}
