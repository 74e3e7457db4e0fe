/** Which version a name works on, where objects have names of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sha } from '../std/digest.ts';
import { versionOf } from './fixtures/version-facts.ts';
import { type DeclaredFacts, planStart, type StartFacts, type VersionFacts } from './plan-start.ts';
import type { ResourceId } from './ports/store.ts';

const id = (n: number) => n as ResourceId;

const version = (n: number, name: string, identities: readonly string[], more: Partial<VersionFacts> = {}): VersionFacts =>
  versionOf(n, { name, type: 'File', identities, asked: true, ...more });

const wants = (name: string, identity: string, more: Partial<DeclaredFacts> = {}): DeclaredFacts => ({
  name,
  sha: 's1-new' as Sha,
  type: 'File',
  nested: false,
  requires: [],
  deletionPolicy: 'delete',
  identity,
  resumeToUpdate: false,
  ...more,
});

function plan(versions: readonly VersionFacts[], declared: readonly DeclaredFacts[], more: Partial<StartFacts> = {}) {
  let next = 100;
  const made = planStart({
    versions,
    declared,
    recorded: [],
    rollbackMembers: null,
    completeMembers: new Set(),
    child: false,
    suspended: false,
    stops: () => false,
    empty: false,
    allocate: () => id(next++),
    ...more,
  });
  const nodeOf = new Map(made.nodes.map((node) => [node.id, node]));
  const nameOf = new Map([...made.chosen].map(([name, chosen]) => [chosen, name]));
  return {
    refusal: made.refusal?.code ?? null,
    chosen: Object.fromEntries(made.chosen),
    victims: Object.fromEntries(
      made.nodes.filter((n) => n.victim !== null).map((n) => [nameOf.get(n.resourceId), n.victim as number]),
    ),
    edges: made.edges.map(({ required, requirer }) =>
      [required, requirer].map((end) => nameOf.get(nodeOf.get(end)!.resourceId)).join(' before '),
    ),
    deeds: Object.fromEntries(made.deeds),
  };
}

test('a resource whose object makes way for one of another type gets a version of its own', () => {
  const { chosen, victims, deeds } = plan(
    [version(1, 'page', ['x'])],
    [wants('page', 'y'), wants('place', 'x', { type: 'Directory' })],
  );
  assert.deepEqual(chosen, { page: 100, place: 101 });
  assert.deepEqual(victims, { place: 1 });
  assert.deepEqual(deeds, { 100: 'update' });
});

test('a version whose making failed is not made again for its resource when it has to make way', () => {
  const failed = version(1, 'page', ['x'], { status: 'FAILED', definition: null, acted: 'create' });
  const { chosen, victims } = plan([failed], [wants('page', 'y'), wants('place', 'x', { type: 'Directory' })]);
  assert.notEqual(chosen['page'], 1);
  assert.deepEqual(victims, { place: 1 });
});

test('what makes way and is to be retained refuses the goal', () => {
  const kept = version(1, 'page', ['x'], { deletionPolicy: 'retain' });
  const { refusal } = plan([kept], [wants('page', 'y'), wants('place', 'x', { type: 'Directory' })]);
  assert.equal(refusal, 'IDENTITY_TAKEN');
});

test('two names swap their versions', () => {
  const { chosen, victims, edges } = plan([version(1, 'a', ['x']), version(2, 'b', ['y'])], [wants('a', 'y'), wants('b', 'x')]);
  assert.deepEqual([chosen, victims, edges], [{ a: 2, b: 1 }, {}, []]);
});

test('of two names that an object may have by now each is wanted: who is required takes it, and the other waits for its renaming', () => {
  const between = version(1, 'b', ['x', 'y'], { doubt: true });
  const { chosen, victims, edges } = plan([between], [wants('a', 'x'), wants('b', 'y', { requires: ['c'] }), wants('c', 'z')]);
  assert.deepEqual([chosen, victims], [{ a: 1, b: 100, c: 101 }, {}]);
  assert.deepEqual(edges.toSorted(), ['a before b', 'c before b']);
});

test('a rollback deletes first what got the name of its member meanwhile', () => {
  const { chosen, victims } = plan([version(1, 'a', ['z']), version(2, 'd', ['x'])], [wants('a', 'x')], {
    rollbackMembers: new Map([['a', id(1)]]),
    completeMembers: new Set([id(1)]),
  });
  assert.deepEqual([chosen, victims], [{ a: 1 }, { a: 2 }]);
});

test('nothing waits for what requires it, and nothing for itself', () => {
  const { edges } = plan([version(1, 'a', ['x', 'y'], { doubt: true })], [wants('a', 'y', { requires: ['b'] }), wants('b', 'x')]);
  assert.deepEqual(edges, ['b before a']);
});
