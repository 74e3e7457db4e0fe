/** Holds the world against what was accepted, once everything is at rest. It asks the database for goals, never for what stands. */
import type { StackRow } from '../engine/ports/store.ts';
import { checkDatabase } from '../main/fsck.ts';
import type { Setpoint } from '../main/setpoint.ts';
import type { LastRequest } from './clients.ts';

export interface Thing {
  readonly id: string;
  readonly token: string;
  readonly stack: string;
  readonly name: string;
  readonly value: string;
}

export async function listThings(inventory: string): Promise<readonly Thing[]> {
  return (await (await fetch(`${inventory}/all`)).json()) as Thing[];
}

/** Sentences about what is wrong; empty when all is well. */
export async function verify(
  setpoint: Setpoint,
  inventory: string,
  last: ReadonlyMap<string, LastRequest>,
): Promise<readonly string[]> {
  const wrong = (await checkDatabase(setpoint)).map(({ invariant, stack, what }) => `${invariant} ${stack}: ${what}`);
  const left = new Map(Map.groupBy(await listThings(inventory), (thing) => thing.stack));
  for (const [name, request] of last) {
    const stack = await setpoint.findStack(name);
    if (stack === null) {
      if (request.wish !== 'go') wrong.push(`${name} is gone, but was to ${request.wish}`);
      continue;
    }
    wrong.push(...(await checkStack(setpoint, stack, request, left.get(stack.uuid) ?? [])));
    left.delete(stack.uuid);
  }
  for (const [stack, things] of left)
    wrong.push(`${things.length} things of ${stack} are untracked: ${things.map((t) => t.token)}`);
  return wrong;
}

async function checkStack(
  setpoint: Setpoint,
  stack: StackRow,
  request: LastRequest,
  things: readonly Thing[],
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${stack.name}: ${what}`);
  if (request.wish === 'go') say('it was to go, and stands');
  if (stack.status !== 'COMPLETE') say(`it is ${stack.action} ${stack.status}: ${stack.reason}`);
  const ends = request.poisoned ? request.traversal + 1 : request.traversal;
  if (stack.traversal !== ends) say(`traversal ${stack.traversal} rules, not ${ends}, which was accepted last`);
  const rolledBack = request.poisoned || request.wish === 'roll back';
  if ((stack.action === 'ROLLBACK') !== rolledBack) say(`its last action is ${stack.action}`);
  const documents = await setpoint.store.readDocuments(stack.id, stack.goal);
  const wanted = documents === null ? new Map<string, string>() : valuesOf(documents.template.text);
  for (const [name, value] of wanted) {
    const found = things.filter((thing) => thing.name === name);
    if (found.length !== 1) say(`${found.length} things are ${name}`);
    else if (found[0]!.value !== value) say(`${name} has ${found[0]!.value}, not ${value}`);
  }
  for (const thing of things) if (!wanted.has(thing.name)) say(`${thing.name} (${thing.token}) is not wanted`);
  return wrong;
}

interface Template {
  readonly resources: { readonly [name: string]: { readonly properties: { readonly value: string | { get_attr: [string] } } } };
}

function valuesOf(text: string): Map<string, string> {
  const { resources } = JSON.parse(text) as Template;
  const resolve = (name: string): string => {
    const { value } = resources[name]!.properties;
    return typeof value === 'string' ? value : resolve(value.get_attr[0]);
  };
  return new Map(Object.keys(resources).map((name) => [name, resolve(name)]));
}
