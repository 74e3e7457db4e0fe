import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeUpAttributes } from './made-up.ts';
import type { AttributePath, TypeUsage } from './template-usage.ts';

const usage = (asked: { readonly [attribute: string]: readonly AttributePath[] }): TypeUsage => ({
  open: new Set(),
  asked: new Map(
    Object.entries(asked).map(([name, paths]) => [name, new Map(paths.map((path) => [JSON.stringify(path), path]))]),
  ),
});

test('an attribute has as much in it as templates ask for, and differs with the object', () => {
  const type = {
    properties: {},
    attributes: {
      addresses: { type: 'map' },
      fixed_ips: { type: 'list' },
      name: { type: 'string' },
      size: { type: 'integer' },
    },
  } as const;
  const asked = usage({
    addresses: [[], ['private', 0, 'addr'], ['private', 1, 'addr']],
    fixed_ips: [[-2, 'ip_address']],
    name: [['0']],
  });
  const made = (id: string) => makeUpAttributes(type, asked, id, {});
  assert.deepEqual(made('x'), {
    addresses: { private: [{ addr: 'x/addresses/private/0/addr' }, { addr: 'x/addresses/private/1/addr' }] },
    fixed_ips: [{ ip_address: 'x/fixed_ips/-2/ip_address' }, 'x/fixed_ips/1'],
    name: 'x/name',
    size: 1,
  });
  assert.notDeepEqual(made('x'), made('y'));
});

test('an attribute that is a property tells that one, unless it is another thing or lacks what is asked for', () => {
  const type = {
    properties: { name: { type: 'string' }, networks: { type: 'list' }, tags: { type: 'map' } },
    attributes: { name: { type: 'string' }, networks: { type: 'map' }, tags: { type: 'map' } },
  } as const;
  const properties = { name: 'n', networks: [{ port: 'p' }], tags: { a: '1' } };
  assert.deepEqual(makeUpAttributes(type, usage({ networks: [['private', 0]], tags: [['b']] }), 'x', properties), {
    name: 'n',
    networks: { private: ['x/networks/private/0'] },
    tags: { b: 'x/tags/b' },
  });
  assert.deepEqual(makeUpAttributes(type, usage({ tags: [['a']] }), 'x', properties)['tags'], { a: '1' });
});

test('a type whose attributes depend on what is in it tells those that are asked for', () => {
  const type = { properties: {}, attributes: { refs: { type: 'list' }, '*': { type: 'any' } } } as const;
  assert.deepEqual(makeUpAttributes(type, usage({ first_address: [[]], refs: [[0]] }), 'x', {}), {
    refs: ['x/refs/0'],
    first_address: 'x/first_address',
  });
});

test('nobody makes a list of a thousand million for an index', () => {
  const type = { properties: {}, attributes: { list: { type: 'list' } } } as const;
  assert.deepEqual(makeUpAttributes(type, usage({ list: [[1_000_000_000], [-1_000_000_000]] }), 'x', {}), { list: [] });
});
