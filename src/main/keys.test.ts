/** A key file that changes under a process that follows it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nameOf } from '../store/vault.ts';
import { followKeys, turnKey } from './keys.ts';

test('a file that is just being copied, or is away for a moment, leaves the keys as they are until it is whole', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-keys-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'key');
  const elsewhere = join(folder, 'elsewhere');
  const keys = followKeys(path);
  const first = nameOf(keys.current().cipher);
  writeFileSync(elsewhere, readFileSync(path));
  turnKey(elsewhere);
  const whole = readFileSync(elsewhere, 'utf8');
  for (const part of [0, 1, 40, whole.length - 3]) {
    writeFileSync(path, whole.slice(0, part));
    assert.equal(nameOf(keys.refresh().cipher), first, `${part} bytes of it`);
  }
  renameSync(path, join(folder, 'away'));
  assert.equal(nameOf(keys.refresh().cipher), first);
  writeFileSync(path, whole);
  assert.notEqual(nameOf(keys.refresh().cipher), first);
  assert.deepEqual(keys.refresh().others!.map(nameOf), [first]);
});
