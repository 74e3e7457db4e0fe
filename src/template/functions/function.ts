/**
 * What a template function is: how it is read from a template, and the operators that do its work once its arguments are values.
 *
 * Reading happens while compiling; it checks what can be checked without running and gives an expression. When every argument is a value
 * already, the operator is applied at once. Otherwise the operator's name and arguments are stored, so an operator's name stands for one
 * meaning for ever: where template versions differ, they read to different operators.
 */
import type { Json, JsonMap } from '../../std/json.ts';
import type { Code } from '../codes.ts';
import type { Facade } from '../definition.ts';
import type { Expression } from '../expression.ts';
import type { Path } from '../path.ts';

export interface Operator {
  readonly name: string;
  /** Pure. Throws a FunctionError for arguments it can't take. */
  readonly apply: (args: readonly Json[]) => Json;
  /** The parts of its arguments are taken as they are: they are not gone through, and what it gives is made of them. */
  readonly shallow?: true;
}

/** A function can't do its work with these values: the template author's mistake, found late. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}

/** What `if` without an else gives when its condition is false: the list item or map entry that holds it is left out. */
export const DROPPED: unique symbol = Symbol('left out');

/** Stands for a value that could not be read, so that one mistake is reported once; it never leaves compiling. */
export const WRONG: Expression = { $: ['wrong'] };

export interface TemplateFunction {
  readonly name: string;
  readonly read: (argument: Json, reading: Reading, path: Path) => Expression | typeof DROPPED;
}

/** A condition is open where a parameter's value can't be known yet: a nested template looked at before its stack exists. */
export type Truth = boolean | 'open';

/** A condition function is read to its truth: conditions depend on parameters only. */
export interface ConditionFunction {
  readonly name: string;
  readonly decide: (argument: Json, reading: Reading, path: Path) => Truth;
}

/** What a function may ask for while it is read. */
export interface Reading {
  /** Any value, with the functions in it. */
  value(value: Json, path: Path): Expression | typeof DROPPED;
  /** The same, with null for what was left out. */
  argument(value: Json, path: Path): Expression;
  /** The operator applied, now if all arguments are values. */
  call(operator: Operator, args: readonly Expression[], path: Path): Expression;
  /** A call that waits for a resource; notes the dependency and checks that it may be. */
  reference(operator: string, resource: string, args: readonly Expression[], path: Path): Expression;
  /** The value of an expression; undefined while it waits for a resource. */
  known(expression: Expression): Json | undefined;
  /** A parameter's value as an expression; undefined, and reported, when there is none. */
  parameter(name: string, path: Path): Expression | undefined;
  /** A value made of these that nothing can be known of yet. */
  open(parts: readonly Expression[]): Expression;
  /** A file's text; undefined, and reported, when there is none. */
  file(name: string, path: Path): string | undefined;
  /** The truth of a condition: a name, true or false, or a condition function. */
  condition(value: Json, path: Path): Truth;
  /** Whether a parameter of that name is declared, and no resource. */
  isParameter(name: string): boolean;
  /** It is a condition that is read: resources can't be referred to. */
  readonly isCondition: boolean;
  /** The `Mappings` section. */
  readonly mappings: JsonMap;
  /** The facade of a nested stack; undefined in a stack that nothing contains, `open` before the stack exists. */
  readonly facade: Facade | 'open' | undefined;
  /** Reports arguments that can't be taken; gives something to go on with. */
  wrong(path: Path, message: string, hint?: string, atKey?: boolean): Expression;
  report(code: Code, path: Path, message: string, hint?: string): Expression;
  warn(code: Code, path: Path, message: string): void;
}
