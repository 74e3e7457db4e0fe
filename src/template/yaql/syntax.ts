/** The syntax tree of YAQL. Each node knows its offset in the expression. */

export type Node =
  | LeafNode
  | { readonly kind: 'list' | 'dict'; readonly args: readonly Arg[]; readonly at: number }
  | { readonly kind: 'index'; readonly of: Node; readonly args: readonly Arg[]; readonly at: number }
  | MemberNode
  | CallNode
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Node; readonly at: number }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node; readonly at: number };

export type LeafNode =
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string; readonly float: boolean; readonly at: number }
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  /** `index` of `$1`, `$2` …, 0 for other names. */
  | { readonly kind: 'variable'; readonly name: string; readonly index: number; readonly at: number };

/** `of.name`; `safe` for `?.` */
export interface MemberNode {
  readonly kind: 'member';
  readonly of: Node;
  readonly name: string;
  readonly safe: boolean;
  readonly at: number;
}

/** `name(args)` or `receiver.name(args)`. */
export interface CallNode {
  readonly kind: 'call';
  readonly name: string;
  readonly receiver: Node | null;
  readonly safe: boolean;
  readonly args: readonly Arg[];
  readonly at: number;
}

/** An argument may be left out (`f(1,,3)`) or be `key => value`, which is a named argument or a mapping, as the function has it. */
export type Arg =
  | { readonly kind: 'skipped'; readonly at: number }
  | { readonly kind: 'rule'; readonly key: Node; readonly value: Node; readonly at: number }
  | { readonly kind: 'value'; readonly value: Node; readonly at: number };

/** The nodes right under a node. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'list':
    case 'dict':
      return node.args.flatMap(nodesOf);
    case 'index':
      return [node.of, ...node.args.flatMap(nodesOf)];
    case 'member':
      return [node.of];
    case 'call':
      return [...(node.receiver === null ? [] : [node.receiver]), ...node.args.flatMap(nodesOf)];
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    default:
      return [];
  }
}

function nodesOf(arg: Arg): readonly Node[] {
  if (arg.kind === 'skipped') return [];
  return arg.kind === 'rule' ? [arg.key, arg.value] : [arg.value];
}

/** Every call in the tree, in no order. Without recursion: arguments and chains together may be deeper than the stack. */
export function callsIn(root: Node): readonly CallNode[] {
  const calls: CallNode[] = [];
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'call') calls.push(node);
    open.push(...childrenOf(node));
  }
  return calls;
}
