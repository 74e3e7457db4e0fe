/** Deciding, as a table; and what must be true of every decision. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defineResource } from '../providers/sdk.ts';
import type { Sha } from '../std/digest.ts';
import { type DecideInput, type Decision, decide, decideOwner } from './decide.ts';
import type { ResourceType } from './ports/provider.ts';
import type { ResourceId } from './ports/store.ts';
import type { Seen, Standing } from './standing.ts';

const thing = (more: object = {}): ResourceType =>
  defineResource({
    type: 'Test::Thing',
    description: '',
    properties: {
      soft: { type: 'string', update: 'in-place' },
      hard: { type: 'string', update: 'replace' },
      fixed: { type: 'string', immutable: true },
    },
    attributes: {},
    create: async () => ({ physicalId: 'x' }),
    update: async () => ({ physicalId: 'x' }),
    delete: async () => {},
    find: async () => ({ presence: 'absent' }),
    ...more,
  } as never) as ResourceType;

const type = thing();
const sha = (text: string) => text as Sha;
const whole = (properties: object): Standing => ({
  kind: 'whole',
  properties: properties as never,
  inputsSha: sha(JSON.stringify(properties)),
  seen: null,
});

function input(standing: Standing, wanted: object, more: Partial<DecideInput> = {}): DecideInput {
  return {
    row: {
      type: 'Test::Thing',
      forced: null,
      late: false,
      token: null,
      tokenSha: null,
      action: 'CREATE',
      physicalId: 'x',
      external: false,
      nested: false,
      deletionPolicy: 'delete',
      definition: sha('settled'),
      properties: null,
      pending: null,
    },
    standing,
    type,
    wanted: { properties: wanted as never, inputsSha: sha(JSON.stringify(wanted)) },
    siblings: [],
    sameIdentity: false,
    otherProvider: false,
    restrictedActions: [],
    ...more,
  };
}

const unchangeable = thing({ update: undefined, properties: { hard: { type: 'string', update: 'replace' } } });
const seen: Seen = { presence: 'present', physicalId: 'x' };
const inDoubt: Standing = { kind: 'doubt', reason: 'x', seen: null };
const notAsWanted = (seen: Seen | null): Standing => ({ kind: 'doubt', reason: 'adopted, and not as wanted', seen });
const seenAs = (properties: object): Seen => ({ ...seen, properties: properties as never });
const spelled = (value: unknown) => String(value ?? '').toLowerCase();
const comparing = thing({
  read: async () => seen,
  matches: (observed: Record<string, unknown>, desired: Record<string, unknown>) =>
    ['soft', 'hard', 'fixed'].every((name) => observed[name] === undefined || spelled(observed[name]) === spelled(desired[name])),
});
const imported: Partial<DecideInput> = {
  type: comparing,
  row: { ...input(whole({}), {}).row, action: 'ADOPT', definition: null },
};
const row = (more: object) => ({ ...input(whole({}), {}).row, ...more });
/** What failed, or was checked, as it was imported, is imported still. */
const importedBefore = (action: 'UPDATE' | 'CHECK'): Partial<DecideInput> => ({
  ...imported,
  row: { ...imported.row!, action },
});

const table: readonly (readonly [string, DecideInput, Decision['kind']])[] = [
  ['never made', input({ kind: 'unmade' }, {}), 'create'],
  ['gone', input({ kind: 'absent', gone: true }, {}), 'create'],
  ['as wanted', input(whole({ soft: 'a' }), { soft: 'a' }), 'nothing'],
  [
    'as wanted, seen',
    input({ ...whole({ soft: 'a' }), seen: { presence: 'present', physicalId: 'x' } } as Standing, { soft: 'a' }),
    'keep',
  ],
  ['a soft change', input(whole({ soft: 'a' }), { soft: 'b' }), 'update'],
  ['a hard change', input(whole({ hard: 'a' }), { hard: 'b' }), 'replace'],
  ['soft and hard', input(whole({ hard: 'a', soft: 'a' }), { hard: 'b', soft: 'b' }), 'replace'],
  ['an immutable change', input(whole({ fixed: 'a' }), { fixed: 'b' }), 'fail'],
  ['another type', input(whole({}), {}, { row: row({ type: 'Test::Other' }) }), 'replace'],
  ['another provider', input(whole({}), {}, { otherProvider: true }), 'replace'],
  ['asked for', input(whole({}), {}, { row: row({ forced: 'please' }) }), 'replace'],
  ['unhealthy', input({ kind: 'unhealthy', reason: 'x' }, {}), 'replace'],
  ['half made', input({ kind: 'half', reason: 'x', seen: null }, {}), 'replace'],
  [
    'half made, resumable, same inputs',
    input(
      { kind: 'half', reason: 'x', seen: null },
      {},
      { type: thing({ halfMade: 'resume', idempotent: true }), row: row({ tokenSha: '{}' }) },
    ),
    'create',
  ],
  ['in doubt', input({ kind: 'doubt', reason: 'x', seen: null }, {}), 'update'],
  ['in doubt, no update', input({ kind: 'doubt', reason: 'x', seen: null }, {}, { type: unchangeable }), 'replace'],
  ['in doubt, a soft change', input(inDoubt, { soft: 'b' }, { row: row({ properties: { soft: 'a' } }) }), 'update'],
  ['in doubt, a hard change', input(inDoubt, { hard: 'b' }, { row: row({ properties: { hard: 'a' } }) }), 'replace'],
  [
    'in doubt since its making, a hard change',
    input(inDoubt, { hard: 'b' }, { row: row({ pending: { hard: 'a' } }) }),
    'replace',
  ],
  ['in doubt, an immutable change', input(inDoubt, { fixed: 'b' }, { row: row({ properties: { fixed: 'a' } }) }), 'fail'],
  [
    'imported, a hard change',
    input(notAsWanted(seen), { hard: 'b' }, { row: row({ action: 'ADOPT', definition: null, pending: { hard: 'a' } }) }),
    'fail',
  ],
  ['imported, visibly another hard value', input(notAsWanted(seenAs({ hard: 'a' })), { hard: 'b' }, imported), 'fail'],
  ['imported, another type', input(whole({}), {}, { row: { ...imported.row!, type: 'Test::Other' } }), 'fail'],
  [
    'imported, another type, and asked for',
    input(whole({}), {}, { row: { ...imported.row!, type: 'Test::Other', forced: 'please' } }),
    'replace',
  ],
  ['imported, other provider settings', input(whole({}), {}, { ...imported, otherProvider: true }), 'fail'],
  ['imported, and unhealthy, says a person', input({ kind: 'unhealthy', reason: 'x' }, {}, imported), 'replace'],
  ['imported, and not there', input({ kind: 'absent', gone: true }, {}, imported), 'fail'],
  ['imported, and not there, told before', input({ kind: 'absent', gone: true }, {}, importedBefore('UPDATE')), 'fail'],
  ['imported, and not whole', input({ kind: 'half', reason: 'broken', seen: null }, {}, imported), 'fail'],
  [
    'imported, visibly another hard value, told before',
    input(notAsWanted(seenAs({ hard: 'a' })), { hard: 'b' }, importedBefore('UPDATE')),
    'fail',
  ],
  [
    'imported, visibly another hard value, checked before',
    input(notAsWanted(seenAs({ hard: 'a' })), { hard: 'b' }, importedBefore('CHECK')),
    'fail',
  ],
  ['imported, visibly another fixed value', input(notAsWanted(seenAs({ fixed: 'a' })), { fixed: 'b' }, imported), 'fail'],
  [
    'imported, visibly another soft value',
    input(notAsWanted(seenAs({ soft: 'a', hard: 'b' })), { soft: 'c', hard: 'b' }, imported),
    'update',
  ],
  [
    'imported, the same hard value spelled otherwise',
    input(notAsWanted(seenAs({ soft: 'a', hard: 'B' })), { soft: 'c', hard: 'b' }, imported),
    'update',
  ],
  [
    'imported, a hard value nobody can see',
    input(notAsWanted(seenAs({ soft: 'a' })), { soft: 'c', hard: 'b' }, imported),
    'update',
  ],
  [
    'adopted, ours, visibly another hard value',
    input(notAsWanted(seenAs({ hard: 'a' })), { hard: 'b' }, { ...imported, row: row({ action: 'ADOPT', token: 't' }) }),
    'replace',
  ],
  ['a lost update, a hard change', input(whole({ hard: 'a' }), { hard: 'b' }, { row: row({ late: true }) }), 'replace'],
  ['a lost update', input(whole({ hard: 'a' }), { hard: 'a' }, { row: row({ late: true }) }), 'update'],
  ['unknown', input({ kind: 'unknown', reason: 'x' }, {}), 'fail'],
  [
    'adopted, can not be read, no update',
    input(notAsWanted(null), {}, { type: unchangeable, row: row({ action: 'ADOPT', definition: null }) }),
    'fail',
  ],
  [
    'imported, not as wanted, no update',
    input(notAsWanted(seen), {}, { type: unchangeable, row: row({ action: 'ADOPT', definition: null }) }),
    'fail',
  ],
  [
    'adopted, ours, not as wanted, no update',
    input(notAsWanted(seen), {}, { type: unchangeable, row: row({ action: 'ADOPT', token: 't' }) }),
    'replace',
  ],
  [
    'a sibling is as wanted',
    input(
      whole({ hard: 'a' }),
      { hard: 'b' },
      { siblings: [{ resourceId: 7 as ResourceId, type: 'Test::Thing', inputsSha: sha('{"hard":"b"}') }] },
    ),
    'reuse',
  ],
  [
    'delete-first but retained',
    input(
      whole({ hard: 'a' }),
      { hard: 'b' },
      { type: thing({ replace: 'delete-first' }), row: row({ deletionPolicy: 'retain' }) },
    ),
    'fail',
  ],
];

for (const [name, given, expected] of table) {
  test(`${name}: ${expected}`, () => {
    assert.equal(decide(given).kind, expected);
  });
}

test('a token is used again only with the same inputs, never for an object that is gone, and never where it would make two', () => {
  const token = { token: 't', tokenSha: sha('{}') };
  const decided = (standing: Standing, wanted: object, idempotent = true) =>
    decide(input(standing, wanted, { type: thing({ idempotent }), row: row(token) }));
  assert.deepEqual(decided({ kind: 'absent', gone: false }, {}), { kind: 'create', reason: 'it was not made', newToken: false });
  assert.equal((decided({ kind: 'absent', gone: true }, {}) as { newToken: boolean }).newToken, true);
  assert.equal((decided({ kind: 'absent', gone: false }, { soft: 'x' }) as { newToken: boolean }).newToken, true);
  assert.equal((decided({ kind: 'absent', gone: false }, {}, false) as { newToken: boolean }).newToken, true);
});

const properties = fc.record({ soft: fc.constantFrom('a', 'b'), hard: fc.constantFrom('a', 'b') });

test('equal inputs never lead to a call; different ones always do', () => {
  fc.assert(
    fc.property(properties, properties, (before, after) => {
      const decision = decide(input(whole(before), after));
      const same = before.soft === after.soft && before.hard === after.hard;
      assert.equal(decision.kind === 'nothing', same);
      if (before.hard !== after.hard) assert.equal(decision.kind, 'replace');
    }),
  );
});

test('an object is given up for another one, never for itself, nor one that was imported unasked', () => {
  const own = { ...input(whole({}), {}).row, doubt: false };
  const foreign = { ...own, ...imported.row!, doubt: false };
  const outcome = (row: typeof own, externalId: string | null, type = 'Test::Thing') => {
    const decided = decideOwner(row, type, externalId, []);
    return decided?.kind === 'fail' ? decided.failure.code : (decided?.reason ?? null);
  };
  assert.deepEqual(
    [
      outcome(own, null),
      outcome(own, 'theirs'),
      outcome(own, 'x'),
      outcome(foreign, 'theirs'),
      outcome(foreign, 'x'),
      outcome({ ...foreign, forced: 'please' }, 'theirs'),
      outcome({ ...own, external: true }, 'x'),
      outcome({ ...own, external: true }, null),
    ],
    [null, 'it adopts theirs', 'OWN_OBJECT', 'IMPORT_DIFFERS', 'OWN_OBJECT', 'it adopts theirs', null, 'it adopts x no more'],
  );
});
