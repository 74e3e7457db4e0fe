/** Laws: what holds for every value and every text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../std/json.ts';
import { compile, scopeOf, templateOf } from '../compile-fixture.ts';
import { evaluate } from '../evaluate.ts';
import { evaluateYaql, readYaql } from './expression.ts';
import { YaqlError } from './fault.ts';

const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto').replaceAll('-0', '0')) as Json);
const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 20 });
const run = (source: string, data: Json) => evaluateYaql(readYaql(source), data);

test('data comes back as it went in, directly and through every kind of collection', () => {
  fc.assert(
    fc.property(json, (data) => {
      assert.deepEqual(run('$.data', data), data);
      assert.deepEqual(run('[$.data].select($).toList()[0]', data), data);
      assert.deepEqual(run('{x => $.data}.x', data), data);
      assert.deepEqual(run('set($.data).first()', data), data);
      assert.equal(run('$.data = [$.data][0]', data), true);
    }),
  );
});

test('lists: what JavaScript says', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: -1000, max: 1000 }), (list, n) => {
      const data = { list, n };
      assert.deepEqual(
        run('let(n => $.data.n) -> $.data.list.where($ > $n)', data),
        list.filter((item) => item > n),
      );
      assert.deepEqual(
        run('$.data.list.select($ * 2 - 1)', data),
        list.map((item) => item * 2 - 1),
      );
      assert.deepEqual(
        run('$.data.list.orderBy($)', data),
        list.toSorted((a, b) => a - b),
      );
      assert.deepEqual(run('$.data.list.distinct()', data), [...new Set(list)]);
      assert.equal(
        run('$.data.list.sum(0)', data),
        list.reduce((a, b) => a + b, 0),
      );
      assert.deepEqual(run('$.data.list.reverse().reverse()', data), list);
      assert.deepEqual(
        run('$.data.list.groupBy($ mod 3).selectMany($[1]).orderBy($)', data),
        list.toSorted((a, b) => a - b),
      );
      assert.equal(run('$.data.list.contains($.data.n)', data), list.includes(n));
      assert.deepEqual(run('$.data.list.take(3) + $.data.list.skip(3)', data), list);
    }),
  );
});

test('dicts: items and dict are each other’s opposite', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        json,
      ),
      (data) => {
        assert.deepEqual(run('dict($.data.items())', data), { ...data });
        assert.deepEqual(run('$.data.mergeWith($.data, $1, $1)', data), { ...data });
        assert.deepEqual(run('$.data.deleteAll($.data.keys())', data), {});
      },
    ),
  );
});

/** An arithmetic expression with its value. */
const { sum } = fc.letrec<{ sum: readonly [string, number] }>((tie) => ({
  sum: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: 0, max: 99 }).map((n) => [String(n), n] as const),
    fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum')).map(([[a, x], operator, [b, y]]) => {
      return [`(${a} ${operator} ${b})`, operator === '+' ? x + y : operator === '-' ? x - y : x * y] as const;
    }),
    tie('sum').map(([a, x]) => [`- ${a}`, -x] as const),
  ),
}));

test('arithmetic of integers', () => {
  fc.assert(
    fc.property(sum, ([source, value]) => {
      fc.pre(Math.abs(value) < 2 ** 40);
      assert.equal(run(source, null), value === 0 ? 0 : value);
    }),
  );
});

test('texts between any quotes come back', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(run(`'${text.replace(/['\\]/g, '\\$&')}'`, null), text);
      assert.equal(run(`"${text.replace(/["\\]/g, '\\$&')}"`, null), text);
      assert.equal(run('$.data.replace(x, y).replace(y, x).len() = $.data.len()', text), true);
      assert.deepEqual(run("$.data.split(',').join(',')", text), text);
    }),
  );
});

const TOKENS = [
  ...[
    '$',
    '$.data',
    '$1',
    '$x',
    '1',
    '2.5',
    "'a'",
    '"b"',
    '`c`',
    'word',
    'true',
    'null',
    '.',
    '?.',
    ',',
    '=>',
    '->',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
  ],
  ...[
    '+',
    '-',
    '*',
    '/',
    'mod',
    '=',
    '!=',
    '<',
    '>=',
    '=~',
    'in',
    'and',
    'or',
    'not',
    '.select(',
    '.where(',
    'let(',
    'dict(',
    'range(',
    '.items()',
  ],
  ...[
    '.join(',
    '.groupBy(',
    '.first()',
    'switch(',
    '.format(',
    'regex(',
    '.toList()',
    '.flatten()',
    '.mergeWith(',
    'set(',
    'str(',
    '.get(',
    'def(',
  ],
];

test('whatever it is made of, an expression gives a value or a YaqlError', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 12 }), json, (tokens, data) => {
      try {
        JSON.stringify(run(tokens.join(' ').replaceAll(' .', '.').replaceAll('( ', '('), data));
      } catch (error) {
        assert.ok(error instanceof YaqlError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

test('any text at all is read or refused', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), (source) => {
      const { node, faults } = readYaql(source);
      assert.equal(node === null && faults.length === 0, false);
      for (const { at } of faults) assert.ok(at >= 0 && at <= source.length);
    }),
    { numRuns: 2_000 },
  );
});

const EXPRESSIONS = [
  '$.data',
  '[$.data, $.data]',
  'str($.data.a)',
  '$.data.a.len()',
  '$.data.where($ != null)',
  '$.data.items().select($[0])',
  'coalesce($.data, 1)',
  '$.data.first(null)',
  '{x => $.data}',
];

test('partial evaluation gives what full evaluation gives', () => {
  fc.assert(
    fc.property(fc.constantFrom(...EXPRESSIONS), json, (expression, data) => {
      const known = compile(templateOf('2021-04-16', { yaql: { expression, data } }));
      const open = compile(templateOf('2021-04-16', { yaql: { expression, data: { get_attr: ['a', 'out'] } } }));
      assert.ok(open.ok);
      const later = attempt(
        () =>
          evaluate(open.goal.definitions.get('t')?.properties['value'] ?? null, scopeOf({ a: { attributes: { out: data } } }))
            .value,
      );
      fc.pre(!JSON.stringify(data).includes('get_') && !JSON.stringify(data).includes('"$"'));
      const now = known.ok ? evaluate(known.goal.definitions.get('t')?.properties['value'] ?? null, scopeOf({})).value : 'failed';
      assert.deepEqual(later, now);
    }),
  );
});

function attempt(work: () => Json): Json {
  try {
    return work();
  } catch (error) {
    assert.equal((error as Error).name, 'FunctionError');
    return 'failed';
  }
}
