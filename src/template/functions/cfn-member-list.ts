/**
 * `Fn::MemberListToMap: [key name, value name, list]`: a map of a list such as `.member.0.Name=a`, `.member.0.Value=1`. Members without both
 * are passed over.
 */
import type { Json } from '../../std/json.ts';
import { FunctionError, type Operator } from './function.ts';
import { spreadFunction } from './spread-function.ts';

export const memberListToMap: Operator = {
  name: 'member_list_to_map',
  apply([keyName, valueName, list]) {
    if (typeof keyName !== 'string' || typeof valueName !== 'string')
      throw new FunctionError('"Fn::MemberListToMap" needs the names of key and value as strings');
    if (!Array.isArray(list)) throw new FunctionError('"Fn::MemberListToMap" must be given a list');
    const members = [...membersOf(list as readonly Json[]).values()];
    const pairs = members.map((member) => [member.get(keyName), member.get(valueName)] as const);
    return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[0] !== undefined && pair[1] !== undefined));
  },
};

export const cfnMemberListToMap = spreadFunction('Fn::MemberListToMap', memberListToMap, 3, 3, '[key name, value name, list]');

/** Number → name → value. */
function membersOf(list: readonly Json[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const members = new Map<string, Map<string, string>>();
  for (const item of list) {
    if (typeof item !== 'string') throw new FunctionError('the members of "Fn::MemberListToMap" must be strings');
    const match = /^\.member\.([^.=]+)\.([^=]*)=(.*)$/s.exec(item);
    if (match === null) continue;
    const [, number = '', name = '', value = ''] = match;
    members.set(number, (members.get(number) ?? new Map<string, string>()).set(name, value));
  }
  return members;
}
