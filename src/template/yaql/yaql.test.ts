/** The language beyond what docs/language/yaql.md shows: precedence, forms of arguments, Python's ways, and every kind of mistake. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../std/json.ts';
import { evaluateYaql, readYaql } from './expression.ts';
import { placeText, YaqlError } from './fault.ts';

const DATA: Json = {
  n: 3,
  list: [5, 1, 4],
  rows: [
    { name: 'a', size: 2, tags: ['x', 'y'] },
    { name: 'b', size: 1, tags: [] },
    { name: 'c', size: 2, tags: ['x'] },
  ],
  map: { k1: 'v1', k2: null },
  nothing: null,
};

const run = (source: string, data: Json = DATA) => evaluateYaql(readYaql(source), data);

const VALUES: { readonly [group: string]: readonly (readonly [source: string, value: Json])[] } = {
  'precedence and association': [
    ['1 + 2 * 3 - 4 / 2', 5],
    ['(1 + 2) * 3', 9],
    ['2 * 3 mod 4', 2],
    ['10 - 4 - 3', 3],
    ['-2 * -3', 6],
    ['- $.data.n + 5', 2],
    ['not 1 = 2', true],
    ['not true and false', false],
    ['not (true and false)', true],
    ['not(true)', false],
    ['true or false and false', true],
    ['1 + 1 = 2 and 2 in [1, 2]', true],
    ["'b' =~ 'b' = true", true],
    ['1 < 2 = true', true],
    ['let(a => 1) -> let(b => $a + 1) -> $a + $b', 3],
    ['$.data.rows[0].tags[1]', 'y'],
    ['[[1, 2], [3]][0][1]', 2],
    ['1.repeat(2)', [1, 1]],
    [' \n$ . data\t. n ', 3],
  ],
  names: [
    ['$.data.n', 3],
    ['$1.data.n', 3],
    ['let(x => $) -> [1].select($x.data.n + $)', [4]],
    ['let($.data.n) -> $ + $1', 6],
    ['[1, 2].select(let(y => $) -> $y * 2)', [2, 4]],
    [
      '[[1, 2], [3, 4]].select($.select($ + 1))',
      [
        [2, 3],
        [4, 5],
      ],
    ],
    ['[1, 2].zip([3, 4]).select($[0] + $[1])', [4, 6]],
    ['def(fact, switch($ < 2 => 1, true => $ * fact($ - 1))) -> fact(6)', 720],
    ['[3, 4].unpack() -> $2 - $1', 1],
    ['let(a => 1, b => 2) -> {$a => $b}', { '1': 2 }],
  ],
  arguments: [
    ["'a b c'.split(maxSplits => 1)", ['a', 'b c']],
    ["'a-b-c'.split('-', maxSplits => 1)", ['a', 'b-c']],
    ["'a b c'.split(, 1)", ['a', 'b c']],
    ['round(ndigits => 1, number => 2.25)', 2.2],
    ['dict($.data.map.items())', { k1: 'v1', k2: null }],
    ["$.data.map.get(k2, 'default')", null],
    ["$.data.map.get(k3, 'default')", 'default'],
    ['{a => null}.a', null],
    ["{a => null}['a', 1]", null],
    ['[null].first()', null],
    ['[null].last(5)', null],
    ['coalesce($.data.nothing, $.data.n)', 3],
    ['$.data.rows.select($.get(nosuch))', [null, null, null]],
    ['$.data.nothing?.a', null],
  ],
  collections: [
    ['$.data.rows.where($.size = 2).name', ['a', 'c']],
    ['$.data.rows.tags.flatten().distinct()', ['x', 'y']],
    [
      '$.data.rows.groupBy($.size, $.name)',
      [
        [2, ['a', 'c']],
        [1, ['b']],
      ],
    ],
    ['dict($.data.rows.groupBy($.size, $.name))', { '2': ['a', 'c'], '1': ['b'] }],
    ['$.data.rows.toDict($.name, $.size)', { a: 2, b: 1, c: 2 }],
    ['$.data.rows.orderBy($.size).thenByDescending($.name).name', ['b', 'c', 'a']],
    ['$.data.rows.selectMany($.tags).len()', 3],
    ['$.data.list.orderBy($).first()', 1],
    ['$.data.list.orderBy($).toList()[0]', 1],
    ['$.data.list.max() - $.data.list.min()', 4],
    ['[1, 2] + range(2)', [1, 2, 0, 1]],
    ['[1, 1.0, true].distinct()', [1]],
    ['[{a => 1}, {a => 1}].distinct()', [{ a: 1 }]],
    ['{a => [1, {b => 2}]} = {a => [1, {b => 2}]}', true],
    ['[1] = [1, 2]', false],
    ['[[1, 2], [1, 2]].toSet().len()', 1],
    ['range(3).where($ > 0).len() + len([1])', 3],
    ['[1, 2, 3].delete(1, -1)', [1]],
    ['[1, 2].insert(9, 3)', [1, 2, 3]],
    ['[1, 2].insert(-1, 3)', [1, 3, 2]],
    ['[1, 2].select($).insert(0, 9)', [9, 1, 2]],
    ['let(l => range(3)) -> [$l.len(), $l.len()]', [3, 3]],
  ],
  'groupBy in both ways': [
    ['[[a, 1], [a, 2], [a, 3]].groupBy($[0], $[1], $.len())', [['a', 3]]],
    ['[[a, [1]]].groupBy($[0], $[1], [$[0], $[1].flatten()])', [['a', [1]]]],
    [
      '[[a, [1]], [b, [2]], [b, [3]]].groupBy($[0], $[1], [$[0], $[1].flatten()])',
      [
        ['a', [1]],
        ['b', [2, 3]],
      ],
    ],
    ['[[a, [1]], [a, [2]]].groupBy($[0], $[1], [$[0], $[1].flatten()])', [['a', [[1], [2]]]]],
    [
      '[[a, [1]], [a, [2]], [b, [3]]].groupBy($[0], $[1], [$[0], $[1].flatten()])',
      [
        ['a', [1, 2]],
        ['b', [3]],
      ],
    ],
    [
      '[[a, 1], [a, 2], [b, 3]].groupBy($[0], $[1], [$.first(), $.len()])',
      [
        ['a', [1, 2]],
        ['b', [3, 1]],
      ],
    ],
  ],
  merging: [
    ['{a => {x => 1, y => 2}}.mergeWith({a => {y => 3}})', { a: { x: 1, y: 3 } }],
    ['{a => 1}.mergeWith({a => 2, b => 3}, , $1 + $2)', { a: 3, b: 3 }],
    ['{a => [1, 2]}.mergeWith({a => [2, 3]}, maxLevels => 1)', { a: [2, 3] }],
    ['[{a => [1]}, {a => [2]}, {b => 1}].reduce($1.mergeWith($2), {})', { a: [1, 2], b: 1 }],
  ],
  texts: [
    ["'abc'.substring(1)", 'bc'],
    ["'a😀b'.len()", 3],
    ["'a😀b'.substring(1, 1)", '😀'],
    ["'a😀b'.indexOf('b')", 2],
    ["' a b '.rightSplit(maxSplits => 1)", ['a', 'b']],
    ["''.split()", []],
    ["'banana'.indexOf(na, 0, 4)", 2],
    ["'banana'.lastIndexOf(an, 0, 4)", 1],
    ["'😀x😀'.trim('😀')", 'x'],
    ["'ab'.replace('', '-')", '-a-b-'],
    ["'aaa'.replace(a, b, 2)", 'bba'],
    ["str(1.0) + str(0.5) + str(true) + str({a => 'x'}) + str([1])", "1.00.5true{'a': 'x'}(1,)"],
    ["'{{{0}}} {1[k]} {2[1]}'.format(1, {k => v}, [a, b])", '{1} v b'],
    [
      "'{:05d}|{:<4}|{:^5}|{:+}|{:.2f}|{:,}|{:#x}|{:e}'.format(42, ab, mid, 7, 3.14159, 1234567, 255, 12345.678)",
      '00042|ab  | mid |+7|3.14|1,234,567|0xff|1.234568e+04',
    ],
    ['"\\x41\\u00e9\\101\\q"', 'AéA\\q'],
    ['`a\\`b`', 'a`b'],
    ["['a\nb', 1].join('\\n')", 'a\nb\n1'],
  ],
  'regular expressions': [
    ["'x' =~ '^.$'", true],
    ["regex('a.b', dotAll => true).matches('a\\nb')", true],
    ["regex('^b', multiLine => true).matches('a\\nb')", true],
    ["regex('(a)|(b)').split('xay')", ['x', 'a', null, 'y']],
    ["regex('x*').replace('abxd', '-')", '-a-b--d-'],
    ["regex('(?P<n>.)c').search('abc', $n.value)", 'b'],
    ["regex('b').search('abc', [$.start, $.end])", [1, 2]],
    ["regex('z').search('abc')", null],
    ["'a.b'.split(regex('[.]'), maxSplit => 1)", ['a', 'b']],
    ["regex(`(\\w)(\\w)`).replace('ab', `\\g<2>\\1`)", 'ba'],
  ],
  numbers: [
    ['7.0 mod 2', 1],
    ['5 / 2.0', 2.5],
    ['float(7) / 2', 3.5],
    ['int(7.9)', 7],
    ["int(' 12 ')", 12],
    ['int(null)', 0],
    ['round(2.5)', 2],
    ['round(3.5)', 4],
    ['pow(2, -1)', 0.5],
    ['pow(3, 4, 5)', 1],
    ['1 = true', true],
    ['null < 1 and not null > 1', true],
    ['isInteger(7.0)', false],
  ],
  dates: [
    ["datetime('2020-03-01T00:30:00+01:00').utc.day", 29],
    ["datetime('2020-03-01') > datetime('2020-02-29')", true],
    ['str(timespan(days => 1, hours => 2))', '1 day, 2:00:00'],
    ['datetime(2020, 1, 1).weekday', 2],
    ['timespan(hours => 36).days', 1.5],
  ],
  'what comes back': [
    ['{1 => a, null => b, true2 => c}', { '1': 'a', null: 'b', true2: 'c' }],
    ['{a => range(2), b => set(1)}', { a: [0, 1], b: [1] }],
    ['$.data', DATA],
    ['$', { data: DATA }],
    ['null', null],
  ],
};

for (const [group, rows] of Object.entries(VALUES)) {
  test(group, () => {
    for (const [source, value] of rows) assert.deepEqual(run(source), value, source);
  });
}

/** What is wrong, at which column, and what helps. */
const UNREADABLE: readonly (readonly [source: string, at: number, message: RegExp, hint?: RegExp])[] = [
  ['', 0, /ends too early/],
  ['1 +', 3, /ends too early/],
  ['$.data.(', 7, /after "\." comes a name/],
  ["$.data.'a b'", 7, /after "\." comes a name/, /\.get\("a b"\)/],
  ['[1, 2', 5, /ends before "]"/],
  ['f(1', 3, /ends before "\)"/],
  ['1 2', 2, /"2"|2 cannot stand here/],
  ['$.data == 1', 8, /"=" cannot stand here/, /one "="/],
  ['1 && 2', 2, /means nothing/, /"and"/],
  ['1 || 2', 2, /means nothing/, /"or"/],
  ['!true', 0, /means nothing/, /"not"/],
  ['{a: 1}', 2, /means nothing/, /"=>"/],
  ["'abc", 0, /no closing/],
  ['1e5', 0, /not a number/],
  ['99999999999999999999', 0, /larger than an integer/],
  ['let(a => 1, 2)', 12, /plain argument/],
  ['f(1,)', 4, /argument is missing/],
  ['__class__', 0, /"__"/],
  ['$.data.slect($)', 7, /no function "slect"/, /did you mean "select"/],
  ['where([1], true)', 0, /"where" is a method/, /collection\.where\(predicate\)/],
  ['1.isString()', 2, /"isString" is not a method/, /isString\(value\)/],
  ['now()', 0, /same each time/],
  ['#', 0, /means nothing/],
];

test('what can not be read says where and why', () => {
  for (const [source, at, message, hint] of UNREADABLE) {
    const [fault] = readYaql(source).faults;
    assert.ok(fault !== undefined, source);
    assert.match(fault.message, message, source);
    assert.equal(fault.at, at, source);
    if (hint !== undefined) assert.match(fault.hint ?? '', hint, source);
  }
});

test('all functions that do not exist are told at once', () => {
  const { faults } = readYaql('$.data.wher($).selct(foo(1)).def(x, y)');
  assert.deepEqual(
    faults.map(({ at }) => at),
    [7, 15, 21],
  );
});

const FAILING: readonly (readonly [source: string, at: number | undefined, message: RegExp, hint?: RegExp])[] = [
  ['$.data.lists', 7, /no key "lists"/, /"list"/],
  ['$.data.map.zzzzzz', 11, /no key/, /\.get\(zzzzzz\)/],
  ['$.data.nothing.x', 15, /null has no member "x"/, /\?\./],
  ['$.data.list[3]', 11, /no item 3 in a list of 3/],
  ['$.data.list.where($ > 1)[0]', 24, /an iterator has no index/, /toList/],
  ['$.data.nothing[0]', 14, /null has no index/],
  ["1 + 'a'", 2, /"\+" does not take a number and a string/, /str\(/],
  ["1 < 'a'", 2, /cannot compare/],
  ['a in $.data.map', 2, /"in" does not take/, /containsKey/],
  ['$.data.nothing.where($)', 15, /"where" of null does not take/],
  ['$.data.list.join()', 12, /"join" of a list does not take no arguments/, /collection\.join\(separator\)/],
  ['len(1)', 0, /"len" does not take a number/],
  ['[].first()', 3, /empty/, /first\(null\)/],
  ['[].sum()', 3, /empty/],
  ['[1, 2].single()', 7, /more than one/],
  ['1 / 0', 2, /zero/],
  ["int('x')", 0, /not an integer/],
  ["'a' =~ '('", 4, /regular expression/],
  ["'{1}'.format(a)", 6, /argument that was not given/],
  ["'{0.x}'.format(a)", 8, /not understood/],
  ['dict([[1]])', 0, /pairs/],
  ['[[1], {a => 2}].toSet().union([1])', 24, /does not take/],
  ["datetime('nope')", 0, /not a datetime/],
  ['datetime(2021, 2, 29)', 0, /no such datetime/],
  ['regex(a)', undefined, /contains a regex/],
  ['{[1] => 2}', undefined, /a list cannot be a key/],
  ['[1].assert(len($) > 1, few)', 4, /few/],
  ['[[a, 1], [a, 2], [a, 3], [b, 4]].groupBy($[0], $[1], $[1])', 54, /no item 1/],
  ['[1, 2].unpack(a) -> $a', 7, /cannot unpack 2 items into 1/],
];

test('what fails says where and why', () => {
  for (const [source, at, message, hint] of FAILING) {
    assert.throws(
      () => run(source),
      (error) => {
        assert.ok(error instanceof YaqlError, `${source}: ${error}`);
        assert.match(error.message, message, source);
        assert.equal(error.at, at, source);
        if (hint !== undefined) assert.match(error.hint ?? '', hint, source);
        return true;
      },
      source,
    );
  }
});

test('places in expressions of one line and of several', () => {
  assert.equal(placeText('a b', 2), 'column 3');
  assert.equal(placeText('a b\n', 2), 'column 3');
  assert.equal(placeText('a\n bc', 4), 'line 2, column 3');
});

test('an expression is read once', () => {
  assert.equal(readYaql('$.data.once'), readYaql('$.data.once'));
});

test('no message tells a value', () => {
  for (const source of [
    'int($.data)',
    'float($.data)',
    'datetime($.data)',
    '{a => 1}[$.data]',
    '$.data + 1',
    '$.data.x',
    '$.data.where($)',
    "'a' =~ ($.data + '(')",
    "($.data + '{').format()",
    "('{' + $.data + '}').format()",
    "'{:s3cret}'.format($.data)",
    'dict([$.data])',
    '[$.data].toDict($.nosuch)',
    'range($.data)',
    "regex('a').replace('a', '\\\\g<' + $.data + '>')",
  ]) {
    assert.throws(
      () => run(source, 's3cret'),
      (error) => error instanceof YaqlError && !`${error.message} ${error.hint}`.includes('s3cret'),
      source,
    );
  }
});
