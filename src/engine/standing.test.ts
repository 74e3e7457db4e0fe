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
