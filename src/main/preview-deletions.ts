/** What a goal would make go, as a preview tells it. Pure. */
import type { StartPlan, VersionFacts } from '../engine/plan-start.ts';
import type { ResourceId } from '../engine/ports/store.ts';
import type { PreviewEntry, PreviewInput } from './preview.ts';
import type { PreviewDecisions } from './preview-decisions.ts';
import { pausesGoing } from './preview-hooks.ts';

/** Versions that go once the goal is reached, or stay and are not the stack's any more. */
export function deletions(
  input: PreviewInput,
  plan: StartPlan,
  entries: readonly PreviewEntry[],
  { retaken, contested }: Pick<PreviewDecisions, 'retaken' | 'contested'>,
): PreviewEntry[] {
  const chosen = new Set([...plan.chosen.values(), ...retaken]);
  const discarded = new Set(plan.discarded);
  const gone = (input.facts?.versions ?? []).filter((v) => !chosen.has(v.id) && !discarded.has(v.id));
  const byId = new Map((input.facts?.versions ?? []).map((v) => [v.id as number, v]));
  const replaced = entries.flatMap(({ action, version, perhaps }) => {
    const old = action === 'replace' || action === 'reuse' ? byId.get(version ?? 0) : undefined;
    return old === undefined ? [] : [{ old, perhaps }];
  });
  const wanted = new Set(input.declared.map(({ name }) => name));
  const policies = new Map(plan.policies.map(({ id, policy }) => [id, policy]));
  const stays = ({ id, deletionPolicy }: VersionFacts): boolean =>
    (policies.get(id) ?? deletionPolicy) === 'retain' || input.facts!.resources.get(id)!.external;
  const entry = (v: VersionFacts, reason: string): PreviewEntry => ({
    name: v.name,
    type: v.type,
    action: stays(v) ? 'retain' : 'delete',
    version: v.id,
    reason,
    changes: [],
    perhaps: contested.has(v.id),
    deleteFirst: false,
    renamedFrom: null,
    after: v.operation === null ? null : `${v.operation.kind} under way`,
    pauses: wanted.has(v.name) ? [] : pausesGoing(v.name, input.rules),
  });
  const roomFor = roomMadeFor(plan);
  const reason = (v: VersionFacts): string => {
    const name = roomFor.get(v.id);
    if (name === undefined) return 'not part of the goal';
    return `goes first, to make room for ${name === v.name ? 'its replacement' : name}`;
  };
  return [
    ...gone.map((v) => entry(v, reason(v))),
    ...replaced.map(({ old, perhaps }) => ({ ...entry(old, 'replaced'), perhaps })),
  ];
}

/** By the version that goes first: the name of the resource whose object is to come in its place. */
function roomMadeFor({ chosen, nodes }: StartPlan): Map<ResourceId, string> {
  const nameOf = new Map([...chosen].map(([name, id]) => [id, name]));
  return new Map(nodes.flatMap((node) => (node.victim === null ? [] : [[node.victim, nameOf.get(node.resourceId)!] as const])));
}
