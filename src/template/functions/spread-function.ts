/** Functions whose arguments are a list that goes to one operator, item by item. */
import { isMap, type Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import { type Path, within } from '../path.ts';
import { applyOperator } from './apply-operator.ts';
import { listArgument } from './arguments.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';

/** How the arguments may be given. */
export interface Arguments {
  readonly least: number;
  readonly most: number;
  /** How the argument is written. */
  readonly form: string;
}

export function spreadFunction(name: string, operator: Operator, least: number, most: number, form: string): TemplateFunction {
  const read = (argument: Json, reading: Reading, path: Path) =>
    readList(argument, reading, path, operator, { least, most, form });
  return { name, read };
}

/** The same for functions that also take a function which gives the whole list. */
export function gatheringFunction(name: string, operator: Operator, least: number, most: number, form: string): TemplateFunction {
  const wanted = { least, most, form };
  const spreading = spreadOperator(operator);
  const read = (argument: Json, reading: Reading, path: Path) => {
    if (!isMap(argument)) return readList(argument, reading, path, operator, wanted);
    const list = reading.argument(argument, path);
    const known = reading.known(list);
    if (known === undefined || Array.isArray(known)) return reading.call(spreading, [list], path);
    return reading.wrong(path, `the function "${name}" must be written ${form}`);
  };
  return { name, read };
}

function readList(argument: Json, reading: Reading, path: Path, operator: Operator, wanted: Arguments): Expression {
  const items = listArgument(argument, reading, path, wanted);
  if (items === undefined) return WRONG;
  const args = items.map((item, i) => reading.argument(item, within(path, i)));
  return reading.call(operator, args, path);
}

/** Stored as an operator of its own, given the list as one argument. */
export function spreadOperator(operator: Operator): Operator {
  return {
    name: `${operator.name}_of`,
    shallow: true,
    apply([list = null]) {
      if (Array.isArray(list)) return applyOperator(operator, list as readonly Json[]);
      throw new FunctionError(`"${operator.name}" must be given a list`);
    },
  };
}
