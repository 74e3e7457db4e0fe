/**
 * CloudFormation's functions of texts. `Fn::Join: [delimiter, list]`, `Fn::Split: [delimiter, text]`, `Fn::Replace: [params, text]`;
 * `Fn::Base64: text` gives the text itself, as in Heat, which takes plain user data.
 */
import type { Json } from '../../std/json.ts';
import type { Path } from '../path.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction } from './function.ts';
import { joinTexts } from './list-join.ts';
import { spreadFunction } from './spread-function.ts';
import { replaceTexts } from './str-replace.ts';

export const splitByDelimiter: Operator = {
  name: 'cfn_split',
  apply([delimiter, text]) {
    if (typeof delimiter !== 'string' || delimiter === '')
      throw new FunctionError('the delimiter of "Fn::Split" must be a string');
    if (typeof text !== 'string') throw new FunctionError('"Fn::Split" must be given a string');
    return text.split(delimiter);
  },
};

export const sameText: Operator = {
  name: 'cfn_base64',
  apply([text]) {
    if (typeof text !== 'string') throw new FunctionError('"Fn::Base64" must be given a string');
    return text;
  },
};

export const replaceByParams: Operator = {
  name: 'cfn_replace',
  apply: ([params = null, text = null]) => replaceTexts.apply([text, params]),
};

export const cfnJoin = spreadFunction('Fn::Join', joinTexts, 2, 2, '[delimiter, list]');
export const cfnSplit = spreadFunction('Fn::Split', splitByDelimiter, 2, 2, '[delimiter, text]');
export const cfnReplace = spreadFunction('Fn::Replace', replaceByParams, 2, 2, '[params, text]');
export const cfnBase64: TemplateFunction = {
  name: 'Fn::Base64',
  read: (argument: Json, reading: Reading, path: Path) => reading.call(sameText, [reading.argument(argument, path)], path),
};
