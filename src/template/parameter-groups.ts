/** parameter_groups: for people only, but checked: known keys, known parameters, none in two groups. */
import { isMap, type Json } from '../std/json.ts';
import type { Findings } from './findings.ts';
import { didYouMean } from './nearest-name.ts';
import { type Path, within } from './path.ts';
import { checkKeys } from './template-sections.ts';

/** `pseudo` names can't be grouped. */
export function checkParameterGroups(groups: Json, declared: ReadonlySet<string>, findings: Findings): void {
  const path = within(null, 'parameter_groups');
  if (groups === null) return;
  if (!Array.isArray(groups)) {
    findings.error('HOT-PARAM-GROUP', path, '"parameter_groups" must be a list of groups');
    return;
  }
  const grouped = new Map<string, Path>();
  for (const [i, group] of groups.entries()) checkGroup(group, within(path, i), declared, grouped, findings);
}

function checkGroup(
  group: Json,
  path: Path,
  declared: ReadonlySet<string>,
  grouped: Map<string, Path>,
  findings: Findings,
): void {
  if (!isMap(group)) {
    findings.error('HOT-PARAM-GROUP', path, 'a parameter group must be a map');
    return;
  }
  checkKeys(group, ['label', 'description', 'parameters'], 'a parameter group', path, findings, false);
  const names = group['parameters'];
  if (!Array.isArray(names)) {
    findings.error('HOT-PARAM-GROUP', path, 'a parameter group needs a list of parameters');
    return;
  }
  for (const [i, name] of names.entries()) checkMember(name, within(within(path, 'parameters'), i), declared, grouped, findings);
}

function checkMember(
  name: Json,
  path: Path,
  declared: ReadonlySet<string>,
  grouped: Map<string, Path>,
  findings: Findings,
): void {
  if (typeof name !== 'string') {
    findings.error('HOT-PARAM-GROUP', path, 'a parameter is named by a string');
    return;
  }
  if (!declared.has(name))
    findings.error('HOT-PARAM-GROUP', path, `there is no parameter "${name}"`, { hint: didYouMean(name, declared) });
  const first = grouped.get(name);
  if (first === undefined) grouped.set(name, path);
  else
    findings.error('HOT-PARAM-GROUP', path, `the parameter "${name}" stands in a group already`, {
      notes: [{ message: 'it stands here first', path: first }],
    });
}
