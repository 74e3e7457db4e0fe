/** The functions that give names a meaning for what stands after `->`: let, with, def, unpack. */
import { lambdaOf, type Machine } from './bind.ts';
import { itemsOf, toList } from './collection.ts';
import { YaqlError } from './fault.ts';
import type { Scope } from './scope.ts';
import type { Lambda } from './signature.ts';
import type { Arg, CallNode, Node } from './syntax.ts';
import { isIterable, type Value } from './value.ts';

type Scoping = (node: CallNode, scope: Scope, machine: Machine) => Scope;

const SCOPING: ReadonlyMap<string, Scoping> = new Map([
  ['let', nameValues],
  ['with', nameValues],
  ['def', defineFunction],
  ['unpack', unpack],
]);

export function isScoping(name: string): boolean {
  return SCOPING.has(name);
}

/** The scope for what stands after `left ->`. */
export function scopeAfter(left: Node, scope: Scope, machine: Machine): Scope {
  const scoping = left.kind === 'call' ? SCOPING.get(left.name) : undefined;
  if (scoping !== undefined) return scoping(left as CallNode, scope, machine);
  machine.evaluate(left, scope);
  return scope;
}

/** `let(value, name => value)`: `$1`, `$name`. */
function nameValues({ args, receiver, at }: CallNode, scope: Scope, machine: Machine): Scope {
  if (receiver !== null) throw new YaqlError('"let" and "with" are no methods', { at });
  const values = args.flatMap((arg) => (arg.kind === 'value' ? [machine.evaluate(arg.value, scope)] : []));
  const named = args.flatMap((arg) =>
    arg.kind === 'rule' ? [[wordOf(arg.key), machine.evaluate(arg.value, scope)] as const] : [],
  );
  return { parent: scope, args: values, variables: new Map(named) };
}

function wordOf(node: Node): string {
  if (node.kind === 'word') return node.text;
  throw new YaqlError('a name is wanted before "=>"', { at: node.at });
}

/** `def(name, expression)`: the expression may call the name. */
function defineFunction({ args, at }: CallNode, scope: Scope, machine: Machine): Scope {
  const [name, body] = args.map(valueNode);
  const text = name === undefined ? null : machine.evaluate(name, scope);
  if (typeof text !== 'string' || body === undefined || args.length !== 2)
    throw new YaqlError('"def" is written def(name, expression)', { at });
  const definitions = new Map<string, Lambda>();
  const inner: Scope = { parent: scope, args: [], definitions };
  definitions.set(text, lambdaOf(body, { machine, scope: inner }));
  return inner;
}

function valueNode(arg: Arg): Node | undefined {
  return arg.kind === 'value' ? arg.value : undefined;
}

/** `list.unpack(a, b)`: `$a`, `$b`; without names `$1`, `$2` … */
function unpack({ receiver, args, at }: CallNode, scope: Scope, machine: Machine): Scope {
  const value = receiver === null ? null : machine.evaluate(receiver, scope);
  if (!isIterable(value)) throw new YaqlError('"unpack" is a method of lists', { at });
  const items = toList(itemsOf(value, machine.quota), machine.quota);
  const names = args.map((arg) => (arg.kind === 'value' ? machine.evaluate(arg.value, scope) : null));
  if (names.length === 0) return { parent: scope, args: items };
  if (names.length !== items.length)
    throw new YaqlError(`cannot unpack ${items.length} items into ${names.length} names`, { at });
  return { parent: scope, args: [], variables: new Map(names.map((name, i) => [String(name), items[i] as Value])) };
}
