/** The parameters that a template declares, in whichever language it is written. */
import { readCfnParameters } from './cfn-parameters.ts';
import type { Findings } from './findings.ts';
import { type ParameterDeclaration, readParameterSchemas } from './parameter-schema.ts';
import type { TemplateSections } from './template-sections.ts';

export function readParameters(
  { parameters, language }: TemplateSections,
  findings: Findings,
): ReadonlyMap<string, ParameterDeclaration> {
  if (language.pseudoPrefix === 'AWS::') return readCfnParameters(parameters, findings);
  return readParameterSchemas(parameters, language, findings);
}
