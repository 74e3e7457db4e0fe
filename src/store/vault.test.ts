import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { createVault, isSealed, type Keys } from './vault.ts';

const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const digest = key(9);
let serial = 0;
const nonce = (): Uint8Array => new Uint8Array(12).fill(++serial);

test('what is sealed opens in its place only, and only with its key', () => {
  const vault = createVault({ cipher: key(1), digest }, nonce);
  const sealed = vault.seal({ a: 'secret' }, true, 'here');
  assert.ok(isSealed(sealed) && !sealed.includes('secret'));
  assert.deepEqual(vault.open(sealed, 'here'), { a: 'secret' });
  assert.throws(() => vault.open(sealed, 'there'));
  assert.throws(() => createVault({ cipher: key(2), digest }, nonce).open(sealed, 'here'), /not in the key file/);
  assert.deepEqual(vault.open(vault.seal('plain', false, 'here'), 'there'), 'plain');
});

test('keys are those that were sealed, whatever the platform has read before', () => {
  const vault = createVault({ cipher: key(1), digest }, nonce);
  JSON.parse('{"h":[],"\\\\":0}');
  const value = { h: 'a\nb', '"': { '\n': '\\' } };
  for (const secret of [false, true]) assert.deepEqual(vault.open(vault.seal(value, secret, 'p'), 'p'), value);
});

test('after a rotation the old opens and the new seals', () => {
  const old = createVault({ cipher: key(1), digest }, nonce);
  const now = createVault({ cipher: key(2), digest, others: [key(1)] }, nonce);
  const sealed = old.seal('x', true, 'p');
  assert.equal(now.open(sealed, 'p'), 'x');
  const anew = now.reseal(sealed, 'p')!;
  assert.notEqual(anew, sealed);
  assert.equal(createVault({ cipher: key(2), digest }, nonce).open(anew, 'p'), 'x');
  assert.equal(now.reseal(anew, 'p'), null, 'it is current');
  assert.equal(now.reseal('"plain"', 'p'), null);
});

test('a key that another process turned to is looked for before it is missed', () => {
  let keys: Keys = { cipher: key(1), digest };
  let looks = 0;
  const stale = keys;
  const refresh = (): Keys => {
    looks++;
    return keys;
  };
  const vault = createVault({ current: () => (looks === 0 ? stale : keys), refresh }, nonce);
  keys = { cipher: key(2), digest, others: [key(1)] };
  const sealed = createVault({ cipher: key(2), digest }, nonce).seal('x', true, 'p');
  assert.equal(vault.open(sealed, 'p'), 'x');
  assert.equal(looks, 1);
});

test('texts of the first format, which name no key, still open', () => {
  const cipher = createCipheriv('aes-256-gcm', key(1), key(3).subarray(0, 12));
  cipher.setAAD(Buffer.from('p'));
  const body = Buffer.concat([cipher.update('"x"', 'utf8'), cipher.final()]);
  const first = `v1.${Buffer.concat([key(3).subarray(0, 12), cipher.getAuthTag(), body]).toString('base64url')}`;
  const vault = createVault({ cipher: key(2), digest, others: [key(4), key(1)] }, nonce);
  assert.equal(vault.open(first, 'p'), 'x');
  assert.match(vault.reseal(first, 'p')!, /^v2\./);
});
