/** Planning, held against what must be true of every plan, for random stacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Sha } from '../std/digest.ts';
import { versionOf } from './fixtures/version-facts.ts';
import { planCleanup } from './plan-cleanup.ts';
import { type DeclaredFacts, planStart, type Recorded, type StartFacts, type VersionFacts } from './plan-start.ts';
import type { ResourceId } from './ports/store.ts';

const id = (n: number) => n as ResourceId;
const sha = (n: number) => `s1-${n}` as Sha;
const nameOf = (n: number) => `n${n}`;

/** A random stack of up to eight names, one or two versions each, and a random goal over them. Requirements only point downwards, so there is no circle. */
const stacks = fc
  .record({
    versions: fc.array(
      fc.record({
        name: fc.nat(7),
        status: fc.constantFrom('COMPLETE' as const, 'FAILED' as const),
        marked: fc.boolean(),
        doubt: fc.boolean(),
        deleting: fc.boolean(),
        operation: fc.boolean(),
        definition: fc.nat(2),
        made: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
    declared: fc.uniqueArray(
      fc.record({ name: fc.nat(7), sha: fc.nat(2), requires: fc.uniqueArray(fc.nat(6), { maxLength: 3 }) }),
      { selector: (d) => d.name, maxLength: 8 },
    ),
    recorded: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 20 }),
    complete: fc.uniqueArray(fc.nat(11), { maxLength: 6 }),
  })
  .map(({ versions, declared, recorded, complete }): StartFacts => {
    const unmarked = new Set<number>();
    const rows = versions.map((v, i): VersionFacts => {
      const marked = v.marked || unmarked.has(v.name) || v.deleting;
      if (!marked) unmarked.add(v.name);
      return versionOf(i + 1, {
        name: nameOf(v.name),
        status: v.status,
        marked,
        doubt: v.doubt && v.made,
        action: v.deleting ? 'DELETE' : v.made ? 'CREATE' : 'INIT',
        made: v.made || v.deleting,
        definition: v.made ? sha(v.definition) : null,
        operation: v.operation && v.made ? { kind: v.deleting ? 'delete' : 'update', definition: sha(v.definition) } : null,
      });
    });
    const names = new Set(declared.map((d) => d.name));
    let next = 1000;
    return {
      versions: rows,
      declared: declared.map(
        (d): DeclaredFacts => ({
          name: nameOf(d.name),
          sha: sha(d.sha),
          type: 'T',
          requires: d.requires.filter((r) => r < d.name && names.has(r)).map(nameOf),
          deletionPolicy: 'delete',
          identity: null,
          resumeToUpdate: false,
          nested: false,
        }),
      ),
      recorded: recorded
        .filter(([a, b]) => a > b && a < rows.length)
        .map(([a, b]): Recorded => ({ resourceId: id(a + 1), requiredId: id(b + 1), revision: 1 })),
      rollbackMembers: null,
      completeMembers: new Set(complete.map((n) => id(n + 1))),
      empty: false,
      child: false,
      suspended: false,
      stops: () => false,
      allocate: () => id(next++),
    };
  });

test('every name gets exactly one version, never one whose deletion has begun', () => {
  fc.assert(
    fc.property(stacks, (facts) => {
      const plan = planStart(facts);
      assert.equal(plan.chosen.size, facts.declared.length);
      assert.equal(new Set(plan.chosen.values()).size, facts.declared.length, 'no version serves two names');
      for (const version of facts.versions.filter((v) => v.action === 'DELETE'))
        assert.ok(![...plan.chosen.values()].includes(version.id));
    }),
  );
});

test('a goal that is already met walks nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), (count) => {
      const versions = Array.from({ length: count }, (_, i) => versionOf(i + 1, { name: nameOf(i) }));
      const declared = versions.map(
        (v, i): DeclaredFacts => ({
          name: v.name,
          sha: sha(0),
          type: 'T',
          requires: i > 0 ? [nameOf(i - 1)] : [],
          deletionPolicy: 'delete',
          identity: null,
          resumeToUpdate: false,
          nested: false,
        }),
      );
      const recorded = versions.slice(1).map((v, i): Recorded => ({ resourceId: v.id, requiredId: id(i + 1), revision: 1 }));
      const plan = planStart({
        versions,
        declared,
        recorded,
        rollbackMembers: null,
        completeMembers: new Set(),
        empty: false,
        child: false,
        suspended: false,
        stops: () => false,
        allocate: () => assert.fail('nothing is new'),
      });
      assert.deepEqual([plan.nodes.length, plan.edges.length, plan.mark.length, plan.dirty.size], [0, 0, 0, 0]);
    }),
  );
});

test('the dirty and their requirers are walked, and nothing else; counters say how many requirements are walked', () => {
  fc.assert(
    fc.property(stacks, (facts) => {
      const plan = planStart(facts);
      const converge = plan.nodes.filter((n) => n.phase === 'converge');
      assert.equal(converge.length, plan.dirty.size);
      for (const declared of facts.declared) {
        const walksRequirement = declared.requires.some((name) => plan.dirty.has(name));
        if (walksRequirement) assert.ok(plan.dirty.has(declared.name), `${declared.name} requires what is walked`);
      }
      for (const node of plan.nodes)
        assert.equal(node.unmet, plan.edges.filter((e) => e.requirer === node.id).length + (node.awaits ? 1 : 0));
    }),
  );
});

test('early cleanup never touches the last complete goal, nor what something that stays has recorded', () => {
  fc.assert(
    fc.property(stacks, (facts) => {
      const plan = planStart(facts);
      const early = new Set(plan.nodes.filter((n) => n.phase === 'aside').map((n) => n.resourceId));
      const walked = new Set(plan.nodes.map((n) => n.resourceId));
      for (const gone of early) {
        assert.ok(!facts.completeMembers.has(gone));
        for (const { resourceId } of facts.recorded.filter((r) => r.requiredId === gone))
          assert.ok(walked.has(resourceId) || plan.discarded.includes(resourceId));
      }
    }),
  );
});

test('plans are acyclic, whatever is recorded', () => {
  const anything = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 40 });
  fc.assert(
    fc.property(anything, fc.array(fc.nat(3), { minLength: 10, maxLength: 10 }), (pairs, names) => {
      const versions = names.map((n, i) => ({ id: id(i), name: nameOf(n), operation: null }));
      const plan = planCleanup({
        versions,
        recorded: pairs.map(([a, b]) => ({ resourceId: id(a), requiredId: id(b), revision: 0 })),
        firstNode: 1,
        phase: 'cleanup',
      });
      const unmet = new Map(plan.nodes.map((n) => [n.id, n.unmet]));
      const free = plan.nodes.filter((n) => n.unmet === 0).map((n) => n.id);
      let done = 0;
      for (let node = free.pop(); node !== undefined; node = free.pop()) {
        done++;
        for (const edge of plan.edges.filter((e) => e.required === node)) {
          unmet.set(edge.requirer, unmet.get(edge.requirer)! - 1);
          if (unmet.get(edge.requirer) === 0) free.push(edge.requirer);
        }
      }
      assert.equal(done, plan.nodes.length);
    }),
  );
});

test('cleanup takes what required a version before it, and newer siblings before older', () => {
  const versions = [1, 2, 3].map((n) => ({ id: id(n), name: n === 3 ? 'b' : 'a', operation: null }));
  const plan = planCleanup({
    versions,
    recorded: [{ resourceId: id(3), requiredId: id(1), revision: 0 }],
    firstNode: 1,
    phase: 'cleanup',
  });
  const order = plan.edges.map((e) => `${e.required}<${e.requirer}`).sort();
  assert.deepEqual(order, ['2<1', '3<1']);
});

test('a recorded path between siblings wins over their age', () => {
  const versions = [1, 2].map((n) => ({ id: id(n), name: 'a', operation: null }));
  const plan = planCleanup({
    versions,
    recorded: [{ resourceId: id(1), requiredId: id(2), revision: 0 }],
    firstNode: 1,
    phase: 'cleanup',
  });
  assert.deepEqual(plan.edges, [{ required: 1, requirer: 2 }]);
});

test('stacks that what they formerly required requires now go first, however the circles run through each other', () => {
  const [nest, other, user, reader] = [1, 2, 3, 4];
  const rows: [number, number][] = [
    [nest, user],
    [other, user],
    [user, nest],
    [nest, other],
    [reader, nest],
  ];
  const row = ([resource, required]: [number, number]) => ({ resourceId: id(resource), requiredId: id(required), revision: 1 });
  const plan = planCleanup({
    versions: [nest, other, user, reader].map((n) => versionOf(n)),
    recorded: rows.map(row),
    former: rows.slice(0, 2).map(row),
    firstNode: 1,
    phase: 'cleanup',
  });
  const waits = plan.edges.map((edge) => [edge.requirer, edge.required]).sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
  assert.deepEqual(waits, [
    [nest, reader],
    [user, nest],
    [user, other],
  ]);
});

test('what comes back unmade is part of what is done to its name by now', () => {
  const begun = versionOf(2, { name: 'a', definition: null, marked: true, acted: 'update', asked: true });
  const nest = { ...begun, acted: 'create', nested: true, asked: false } as const;
  const declared: DeclaredFacts = {
    name: 'a',
    sha: sha(0),
    type: 'T',
    requires: [],
    deletionPolicy: 'delete',
    identity: null,
    resumeToUpdate: false,
    nested: false,
  };
  const deedsOf = (...versions: VersionFacts[]) =>
    planStart({
      versions,
      declared: [declared],
      recorded: [],
      rollbackMembers: new Map([['a', begun.id]]),
      completeMembers: new Set(),
      empty: false,
      child: false,
      suspended: false,
      stops: () => false,
      allocate: () => id(9),
    }).deeds;
  const made = new Map([[begun.id, 'create']]);
  const changed = new Map([[begun.id, 'update']]);
  const none = new Map();
  assert.deepEqual(deedsOf(begun), made, 'its name was in no goal');
  assert.deepEqual(deedsOf({ ...begun, acted: 'create' }), none);
  assert.deepEqual(deedsOf({ ...begun, asked: false }), none, 'what was imported is no new thing');
  assert.deepEqual(deedsOf({ ...begun, marked: false }), none, 'its name never left');
  assert.deepEqual(deedsOf(begun, versionOf(3, { name: 'a' })), none, 'it takes the place of one that stands');
  assert.deepEqual(deedsOf({ ...begun, acted: 'create' }, versionOf(3, { name: 'a' })), changed, 'its making is a change by now');
  assert.deepEqual(deedsOf(nest, versionOf(3, { name: 'a' })), changed, 'that of a stack of its own, too');
  const unmade = versionOf(3, { name: 'a', definition: null, acted: 'create', asked: true });
  assert.deepEqual(deedsOf(begun, unmade), made, 'what it takes the place of was never made either');
  assert.deepEqual(deedsOf({ ...begun, acted: 'create' }, { ...unmade, acted: 'update' }), changed);
  const imported = versionOf(3, { name: 'a', definition: null, acted: null, asked: false, made: true });
  assert.deepEqual(deedsOf({ ...begun, acted: 'create' }, imported), changed, 'it takes the place of what was imported');
});
