/**
 * `yaql: {expression, data}`: the value of a YAQL expression, in which `$.data` is the data (yaql/ has the language).
 *
 * What can be told of an expression that is written out is reported while compiling, even when its data waits for other resources.
 */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import type { Path } from '../path.ts';
import { spend } from '../work.ts';
import { evaluateYaql, readYaql } from '../yaql/expression.ts';
import { placeText, YaqlError } from '../yaql/fault.ts';
import { mapArgument } from './arguments.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';

export const evaluateExpression: Operator = {
  name: 'yaql',
  apply([source = null, data = null]) {
    if (typeof source !== 'string') throw new FunctionError('the expression of "yaql" must be a string');
    try {
      return evaluateYaql(readYaql(source), data, spend);
    } catch (error) {
      throw explain(error, source);
    }
  },
};

export const yaql: TemplateFunction = { name: 'yaql', read };

function read(argument: Json, reading: Reading, path: Path): Expression {
  const members = mapArgument(argument, reading, path, { required: ['expression'], optional: ['data'] });
  if (members === undefined) return WRONG;
  const { value, path: place } = members.get('expression')!;
  const source = reading.argument(value, place);
  const data = members.get('data') ?? { value: {}, path };
  const about = reading.argument(data.value, data.path);
  const known = reading.known(source);
  if (known !== undefined && !isSound(known, reading, place)) return WRONG;
  return reading.call(evaluateExpression, [source, about], path);
}

/** Reports all that is wrong with the expression. */
function isSound(source: Json, reading: Reading, path: Path): boolean {
  if (typeof source !== 'string') {
    reading.wrong(path, 'the expression of "yaql" must be a string');
    return false;
  }
  const { faults } = readYaql(source);
  for (const { message, at, hint } of faults) reading.wrong(path, `${placeText(source, at)} of the expression: ${message}`, hint);
  return faults.length === 0;
}

/** The platform's stack is finite: values may nest in ways that no counter sees. */
function explain(error: unknown, source: string): unknown {
  if (error instanceof RangeError) return new FunctionError('the expression of "yaql" nests values too deep');
  if (!(error instanceof YaqlError)) return error;
  const place =
    error.at === undefined ? 'the expression of "yaql"' : `${placeText(source, error.at)} of the expression of "yaql"`;
  return new FunctionError(`${place}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
}
