/**
 * The two CloudFormation languages that Heat takes: `AWSTemplateFormatVersion: 2010-09-09` and, without conditions,
 * `HeatTemplateFormatVersion: 2012-12-12`.
 */
import { cfnFindInMap } from './functions/cfn-find-in-map.ts';
import { cfnGetAtt } from './functions/cfn-get-att.ts';
import { cfnGetAzs } from './functions/cfn-get-azs.ts';
import { cfnMemberListToMap } from './functions/cfn-member-list.ts';
import { cfnRef } from './functions/cfn-ref.ts';
import { cfnSelect } from './functions/cfn-select.ts';
import { cfnBase64, cfnJoin, cfnReplace, cfnSplit } from './functions/cfn-texts.ts';
import { cfnEquals } from './functions/equals.ts';
import type { ConditionFunction, TemplateFunction } from './functions/function.ts';
import { cfnIf } from './functions/if.ts';
import { cfnAnd, cfnNot, cfnOr } from './functions/logic.ts';
import { cfnResourceFacade } from './functions/resource-facade.ts';
import { CAPITAL_POLICIES, type Language } from './language.ts';
import { CFN_KEYS, resourceKeysOf } from './template-keys.ts';

export const AWS_KEY = 'AWSTemplateFormatVersion';
export const HEAT_KEY = 'HeatTemplateFormatVersion';

const FUNCTIONS: readonly TemplateFunction[] = [
  cfnRef,
  cfnGetAtt,
  cfnFindInMap,
  cfnGetAzs,
  cfnSelect,
  cfnJoin,
  cfnSplit,
  cfnReplace,
  cfnBase64,
  cfnMemberListToMap,
  cfnResourceFacade,
];

const CONDITION_FUNCTIONS: readonly ConditionFunction[] = [cfnEquals, cfnNot, cfnAnd, cfnOr];

/** By the key that says the version, and the version. */
export const CFN_LANGUAGES: ReadonlyMap<string, Language> = new Map([
  [AWS_KEY, cfnLanguage('2010-09-09', true)],
  [HEAT_KEY, cfnLanguage('2012-12-12', false)],
]);

function cfnLanguage(version: string, hasConditions: boolean): Language {
  const functions = hasConditions ? [...FUNCTIONS, cfnIf] : FUNCTIONS;
  return {
    version,
    keys: CFN_KEYS,
    resourceKeys: resourceKeysOf(CFN_KEYS),
    strictKeys: false,
    functions: new Map(functions.map((one) => [one.name, { kind: 'function', function: one } as const])),
    conditionFunctions: new Map(hasConditions ? CONDITION_FUNCTIONS.map((one) => [one.name, one] as const) : []),
    valuesInConditions: new Set(['Ref', 'Fn::FindInMap']),
    hasConditions,
    hasModulo: false,
    hasTags: false,
    deletionPolicies: new Map(CAPITAL_POLICIES),
    functionLike: /^(?:Fn::|Ref$)/i,
    pseudoPrefix: 'AWS::',
  };
}
