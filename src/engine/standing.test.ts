/** What a look at an object is taken to mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sha } from '../std/digest.ts';
import type { Observation, ResourceType } from './ports/provider.ts';
import type { ResourceRow } from './ports/store.ts';
import { standingOf } from './standing.ts';

/** As a file is: its path is what it is called, and only its content can be compared. */
const file = {
  facts: { effects: true, idempotent: true },
  identity: (properties: { path: string }) => properties.path,
  matches: (observed: { content: string }, desired: { content: string }) => observed.content === desired.content,
} as unknown as ResourceType;

const made = { path: 'old.txt', content: 'x' };
const look: Observation = { presence: 'present', physicalId: '/old.txt', properties: { content: 'x' } };
const row = {
  action: 'UPDATE',
  status: 'FAILED',
  physicalId: '/old.txt',
  token: 't',
  doubt: false,
  unhealthy: null,
  unread: false,
  properties: made,
  inputsSha: 'made' as Sha,
  pending: null,
  pendingSha: null,
} as unknown as ResourceRow;

test('an object of another name is not what is wanted, however alike the two are', () => {
  const wanted = { properties: { path: 'new.txt', content: 'x' }, inputsSha: 'wanted' as Sha };
  assert.deepEqual(standingOf(row, file, look, wanted), { kind: 'whole', properties: made, inputsSha: 'made', seen: look });
});

test('an object that is as wanted is recognised by its looks', () => {
  const wanted = { properties: { path: 'old.txt', content: 'x' }, inputsSha: 'wanted' as Sha };
  assert.deepEqual(standingOf(row, file, look, wanted), { kind: 'whole', ...wanted, seen: look });
});

const absent: Observation = { presence: 'absent' };
const begun = { ...row, action: 'CREATE', properties: null, pending: made, doubt: true } as ResourceRow;
const goneOf = (row: ResourceRow, idempotent: boolean): unknown =>
  standingOf(row, { ...file, facts: { effects: true, idempotent } } as unknown as ResourceType, absent, null);

test('what has stood and is not there is gone, and its token with it', () => {
  assert.deepEqual(goneOf(row, true), { kind: 'absent', gone: true });
  assert.deepEqual(goneOf({ ...begun, action: 'ADOPT' }, true), { kind: 'absent', gone: true });
  assert.deepEqual(goneOf(begun, false), { kind: 'absent', gone: true });
});

test('what is being made may be listed late: where create honours its token, that goes on', () => {
  assert.deepEqual(goneOf(begun, true), { kind: 'absent', gone: false });
});
