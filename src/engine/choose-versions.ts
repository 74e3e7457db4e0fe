/**
 * Which version each name of a goal works on, and which must go before it: a part of planning, pure as that is.
 *
 * An object is called one thing in the world, and what it is called nobody else can be. So the name of an object goes before the name of a resource:
 * whoever is to be called so takes the version that is. Where that can't be, because the version has another type or is needed as what it is, the version
 * makes way: another resource of the goal is called otherwise first, and everything else is deleted first.
 */
import type { DeclaredFacts, StartFacts, StartPlan, VersionFacts } from './plan-start.ts';
import type { ResourceId } from './ports/store.ts';

export interface Choice {
  readonly chosen: Map<string, ResourceId>;
  /** By name: the version that holds the object's identity and must go first. */
  readonly victims: Map<string, ResourceId>;
  /** By name: the resource whose object is still called what this one's is to be called, and is called otherwise first. */
  readonly after: Map<string, string>;
  refusal: StartPlan['refusal'];
}

/** A rollback takes the member of its target; an object's identity goes before its name; then the unmarked version; then one that still stands. */
export function chooseVersions(facts: StartFacts): Choice {
  const usable = facts.versions.filter((v) => !isDeleting(v));
  const choice: Choice = { chosen: new Map(), victims: new Map(), after: new Map(), refusal: null };
  const taken = new Set<ResourceId>();
  const take = (name: string, id: ResourceId): void => {
    choice.chosen.set(name, id);
    taken.add(id);
  };
  chooseMembers(facts, usable, take);
  const holders = findHolders(facts, usable, choice);
  const places = holders.size === 0 ? new Map<string, number>() : placesOf(facts.declared);
  if (holders.size > 0) chooseByIdentity({ facts, choice, holders, places, taken, take });
  nameDeletingVictims(facts, choice);
  const byName = Map.groupBy(usable, (v) => v.name);
  for (const declared of facts.declared) {
    if (choice.chosen.has(declared.name)) continue;
    const best = bestVersion(
      declared,
      (byName.get(declared.name) ?? []).filter((v) => !taken.has(v.id)),
    );
    if (best) take(declared.name, best.id);
  }
  if (holders.size > 0) makeWay(facts, choice, holders, places);
  if (facts.versions.some((v) => v.victim !== null)) inheritVictims(facts, choice);
  return choice;
}

type Take = (name: string, id: ResourceId) => void;

function chooseMembers({ declared, rollbackMembers }: StartFacts, usable: readonly VersionFacts[], take: Take): void {
  if (rollbackMembers === null) return;
  const ids = new Set(usable.map((v) => v.id));
  for (const { name } of declared) {
    const member = rollbackMembers.get(name);
    if (member === undefined || !ids.delete(member)) continue;
    take(name, member);
  }
}

/** By identity. A version holds two while its object is being called otherwise. */
type Holders = ReadonlyMap<string, VersionFacts>;

function findHolders({ declared }: StartFacts, usable: readonly VersionFacts[], choice: Choice): Holders {
  const wanted = new Map<string, string>();
  for (const { name, identity } of declared) {
    if (identity === null) continue;
    const other = wanted.get(identity);
    if (other !== undefined)
      choice.refusal = { code: 'IDENTITY_TAKEN', message: `${other} and ${name} are the same object (${identity})` };
    wanted.set(identity, name);
  }
  const holders = new Map<string, VersionFacts>();
  if (wanted.size === 0) return holders;
  for (const version of usable)
    for (const identity of version.identities) if (wanted.has(identity)) holders.set(identity, version);
  return holders;
}

interface Choosing {
  readonly facts: StartFacts;
  readonly choice: Choice;
  readonly holders: Holders;
  readonly places: ReadonlyMap<string, number>;
  readonly taken: Set<ResourceId>;
  readonly take: Take;
}

/** First whose version can't be taken over, then, of two that could take the same one, whoever comes first. */
function chooseByIdentity({ facts, choice, holders, places, taken, take }: Choosing): void {
  const declaredByName = new Map(facts.declared.map((d) => [d.name, d]));
  const open = facts.declared.flatMap((declared) => {
    const holder = declared.identity === null ? undefined : holders.get(declared.identity);
    if (holder === undefined || choice.chosen.has(declared.name) || taken.has(holder.id)) return [];
    const own = declaredByName.get(holder.name);
    if (holder.name !== declared.name && own !== undefined && own.identity === null && own.type === holder.type) return [];
    return [{ declared, holder }];
  });
  for (const { declared, holder } of open) {
    if (holder.type === declared.type || holder.name === declared.name) continue;
    nameVictim(choice, declared, holder);
    taken.add(holder.id);
  }
  const byPlace = open.toSorted((x, y) => places.get(x.declared.name)! - places.get(y.declared.name)!);
  for (const { declared, holder } of byPlace)
    if (holder.type === declared.type && !taken.has(holder.id)) take(declared.name, holder.id);
}

/** What is required has an earlier place than what requires it. */
function placesOf(declared: readonly DeclaredFacts[]): Map<string, number> {
  const byName = new Map(declared.map((d) => [d.name, d]));
  const places = new Map<string, number>();
  const seen = new Set<string>();
  const stack = declared.toReversed().map((d) => d.name);
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (places.has(name)) continue;
    const open = seen.has(name)
      ? []
      : byName.get(name)!.requires.filter((required) => byName.has(required) && !places.has(required));
    seen.add(name);
    if (open.length === 0) places.set(name, places.size);
    else stack.push(name, ...open);
  }
  return places;
}

/** Who is called what another is to be called, and is something else in the goal, is called otherwise first; who is nothing in it goes first. */
function makeWay(facts: StartFacts, choice: Choice, holders: Holders, places: ReadonlyMap<string, number>): void {
  const victims = new Set(choice.victims.values());
  const nameOf = new Map([...choice.chosen].map(([name, id]) => [id, name]));
  const made = new Set(facts.versions.filter((v) => v.made).map((v) => v.id));
  for (const declared of facts.declared) {
    const holder = declared.identity === null ? undefined : holders.get(declared.identity);
    const own = choice.chosen.get(declared.name);
    if (holder === undefined || holder.id === own || choice.victims.has(declared.name)) continue;
    const taker = nameOf.get(holder.id);
    const takesOver = holder.type === declared.type && (own === undefined || !made.has(own));
    if (victims.has(holder.id)) choice.victims.set(declared.name, holder.id);
    else if (taker !== undefined) {
      // Never against the order of the requirements, or the two would wait for each other.
      if (places.get(taker)! < places.get(declared.name)!) choice.after.set(declared.name, taker);
    } else if (!takesOver && holder.deletionPolicy !== 'retain') choice.victims.set(declared.name, holder.id);
  }
}

/** An object whose deletion has begun is finished with before another one takes its identity. */
function nameDeletingVictims(facts: StartFacts, choice: Choice): void {
  const holders = new Map<string, ResourceId>();
  for (const version of facts.versions)
    if (isDeleting(version)) for (const identity of version.identities) holders.set(identity, version.id);
  if (holders.size === 0) return;
  for (const declared of facts.declared) {
    const holder = declared.identity === null ? undefined : holders.get(declared.identity);
    if (holder !== undefined && !choice.victims.has(declared.name)) choice.victims.set(declared.name, holder);
  }
}

/** What was to go before a version was made still is, whichever traversal makes it. */
function inheritVictims(facts: StartFacts, choice: Choice): void {
  const byId = new Map(facts.versions.map((v) => [v.id, v]));
  for (const [name, id] of choice.chosen) {
    const victim = byId.get(id)?.victim ?? null;
    const chosenElsewhere = victim !== null && [...choice.chosen.values()].includes(victim);
    if (victim !== null && byId.has(victim) && !chosenElsewhere && !choice.victims.has(name)) choice.victims.set(name, victim);
  }
}

function nameVictim(choice: Choice, declared: DeclaredFacts, holder: VersionFacts): void {
  if (holder.deletionPolicy === 'retain') {
    choice.refusal = {
      code: 'IDENTITY_TAKEN',
      message: `${declared.name} wants the object of ${holder.name} (${declared.identity}), which has another type and is to be retained`,
    };
  }
  choice.victims.set(declared.name, holder.id);
}

function bestVersion(declared: DeclaredFacts, candidates: readonly VersionFacts[]): VersionFacts | undefined {
  const open = candidates.find((v) => !v.marked && (v.made || v.operation !== null || isOfType(v, declared)));
  if (open) return open;
  const standing = candidates.filter((v) => v.marked && v.made && isOfType(v, declared));
  return standing.sort((a, b) => standingScore(b, declared) - standingScore(a, declared) || b.id - a.id)[0];
}

function isOfType(version: VersionFacts, declared: DeclaredFacts): boolean {
  return version.type === declared.type && version.nested === declared.nested;
}

function standingScore(version: VersionFacts, declared: DeclaredFacts): number {
  return (
    (version.status === 'COMPLETE' && !version.doubt && !version.unhealthy ? 2 : 0) +
    (version.definition === declared.sha ? 1 : 0)
  );
}

/** Deletion has begun: nobody can say any more that it stands. */
export function isDeleting(version: Pick<VersionFacts, 'action' | 'operation'>): boolean {
  return version.action === 'DELETE' || version.operation?.kind === 'delete';
}
