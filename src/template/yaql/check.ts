/** What can be told of an expression without values: functions that do not exist, or are called in a form that they do not have. */
import { didYouMean } from '../nearest-name.ts';
import type { Fault } from './fault.ts';
import { findFunctions, functionNames, UNSTEADY } from './library.ts';
import { isScoping } from './scoping.ts';
import { signatureText } from './signature.ts';
import { type CallNode, callsIn, type Node } from './syntax.ts';

/** In the order of the expression. */
export function checkCalls(root: Node): readonly Fault[] {
  const calls = callsIn(root);
  const defined = new Set(calls.flatMap(definedName));
  const faults = calls.map((call) => (defined.has(call.name) || isScoping(call.name) ? undefined : checkCall(call)));
  return faults.filter((fault) => fault !== undefined).sort((a, b) => a.at - b.at);
}

/** What `def(name, …)` defines; its place is not looked at. */
function definedName({ name, args }: CallNode): readonly string[] {
  const first = name === 'def' && args[0]?.kind === 'value' ? args[0].value : undefined;
  if (first?.kind === 'word') return [first.text];
  return first?.kind === 'literal' && typeof first.value === 'string' ? [first.value] : [];
}

function checkCall({ name, receiver, at }: CallNode): Fault | undefined {
  const functions = findFunctions(name);
  if (functions.length === 0) return unknown(name, at);
  const unwanted = receiver === null ? 'method' : 'function';
  if (functions.some(({ form }) => form !== unwanted)) return undefined;
  const hint = `it is written ${[...new Set(functions.map(signatureText))].join(' or ')}`;
  return { message: receiver === null ? `"${name}" is a method` : `"${name}" is not a method`, at, hint };
}

function unknown(name: string, at: number): Fault {
  if (UNSTEADY.has(name)) {
    return { message: `"${name}" is not there, since a template must mean the same each time`, at, hint: undefined };
  }
  return { message: `there is no function "${name}"`, at, hint: didYouMean(name, functionNames()) };
}
