/** Patterns against the platform's own engine, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkCustomConstraint, customConstraintKind } from './custom-constraints.ts';
import { ENDLESS_PATTERNS } from './hostile-patterns-fixture.ts';
import { compileFinder, compilePattern } from './pattern.ts';
import { compileSearch } from './pattern-search.ts';
import { readPlainScalar } from './yaml-scalar.ts';

/** Patterns that mean the same to both. */
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\.', '^', '$', '\\b', '[a-c0-9_-]', 'ä'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([x, y]) => x + y),
    fc.tuple(tie('pattern'), tie('pattern')).map(([x, y]) => `(?:${x}|${y})`),
    fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}', '*?')).map(([x, y]) => `(?:${x}a)${y}`),
    tie('pattern').map((x) => `(?=${x})`),
    tie('pattern').map((x) => `(?!${x})`),
  ),
}));

/** `platform`: the source as the platform has to read it to mean the same. */
function checkAgainstPlatform(compile: typeof compilePattern, platform: (source: string) => string): void {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', ' ', '-'), maxLength: 8 });
  const isSame = (source: string, given: string): void => {
    const ours = compile(source);
    assert.ok(typeof ours !== 'string', `${source}: ${String(ours)}`);
    const theirs = new RegExp(platform(source), 'u').test(given);
    assert.equal(ours.matches(given), theirs, `${source} on ${JSON.stringify(given)}`);
  };
  fc.assert(fc.property(pattern, text, isSame), { numRuns: 500 });
}

test('the same texts match as with the platform', () => checkAgainstPlatform(compilePattern, (source) => `^(?:${source})$`));

test('the same parts are found as with the platform', () => checkAgainstPlatform(compileFinder, (source) => source));

test('a part is found on any line, and "$" is before a last newline, too', () => {
  const isIn = (source: string, text: string): boolean => {
    const finder = compileFinder(source);
    assert.ok(typeof finder !== 'string', source);
    return finder.matches(text);
  };
  assert.equal(isIn('ready$', 'one\nready\n'), true);
  assert.equal(isIn('ready$', 'ready\none\n'), false);
  assert.equal(isIn('(?m)^ready$', 'ready\none\n'), true);
  assert.equal(isIn('(?i)READY', 'is ready now'), true);
  assert.equal(isIn('one.ready', 'one\nready'), false);
  assert.equal(compileFinder('(a)\\1'), `"\\1" is not supported`);
});

const TABLE: readonly (readonly [source: string, text: string, matches: boolean])[] = [
  ['(?i)abc', 'aBC', true],
  ['(?P<name>[a-z]+)-\\d{3}', 'ab-123', true],
  ['\\Aab\\Z', 'ab', true],
  ['a|ab', 'ab', true],
  ['[]a]+', 'a]', true],
  ['[\\w.-]+@[\\w-]+\\.[a-z]{2,}', 'me@example.org', true],
  ['(?=.*[A-Z])(?=.*\\d).{8,}', 'Passw0rdX', true],
  ['(?=.*[A-Z])(?=.*\\d).{8,}', 'password1', false],
  ['[A-Za-z0-9]+(?=[.-][a-z])*\\.[a-z]+', 'cloudbase.local', true],
  ['(?=a)*b', 'b', true],
  ['(?=a){2}[ab]', 'a', true],
  ['(?!a)+[ab]', 'a', false],
  ['\\x41\\u00e4', 'Aä', true],
  ['.', '😀', true],
  ['', '', true],
  ['', 'a', false],
];

test('patterns as templates write them', () => {
  for (const [source, text, matches] of TABLE) {
    const compiledPattern = compilePattern(source);
    assert.ok(typeof compiledPattern !== 'string', source);
    assert.equal(compiledPattern.matches(text), matches, source);
  }
});

test('what is refused says why', () => {
  const refused = [
    '(',
    ')',
    '[a',
    'a**',
    '*a',
    '(a)\\1',
    '(?<=a)b',
    '(?>a)',
    'a++',
    'a{1001}',
    '(?m)a',
    'a{2,1}',
    '[z-a]',
    '\\',
    '\\q',
    '((a{900}){900}){900}',
  ];
  for (const source of refused) assert.equal(typeof compilePattern(source), 'string', source);
  assert.equal(typeof compilePattern('('.repeat(10_000)), 'string');
});

const CUSTOM: { readonly [name: string]: readonly [good: readonly string[], bad: readonly string[]] } = {
  ip_addr: [
    ['10.0.0.1', '::1'],
    ['10.0.0', '300.1.1.1', '10.0.0.0/8'],
  ],
  net_cidr: [
    ['10.0.0.0/8', 'fe80::/64'],
    ['10.0.0.0', '10.0.0.0/33', 'x/8'],
  ],
  ip_or_cidr: [['10.0.0.1', '10.0.0.0/8'], ['10']],
  mac_addr: [
    ['00:1A:2b:3c:4d:5e', '00-1a-2b-3c-4d-5e'],
    ['00:1a:2b:3c:4d', '00:1a-2b:3c:4d:5e'],
  ],
  dns_name: [
    ['example.org', 'example.org.', 'a'],
    ['-a.org', 'a..b', '1.2.', 'a_b.org'],
  ],
  rel_dns_name: [['www'], ['www.']],
  dns_domain: [['example.org.'], ['example.org']],
  iso_8601: [
    ['2024-02-29T10:00:00Z', '2024-01-01', '2024-01-01T00:00:00+02:00'],
    ['2023-02-29', '2024-13-01', 'now', '2024-01-01T25:00:00'],
  ],
  expiration: [['2030-01-01T00:00:00.5Z'], ['soon']],
  timezone: [['Europe/Berlin', 'UTC'], ['Mars/Base']],
  json_string: [['{}', '[1]'], ['{']],
  cron_expression: [
    ['* * * * *', '*/5 0-6 1,15 JAN MON', '0 0 12 * * ?', '@daily'],
    ['* * * *', '60 * * * *', '*/0 * * * *', 'a b c d e'],
  ],
  test_constr: [['x'], []],
};

test('custom constraints', () => {
  for (const [name, [good, bad]] of Object.entries(CUSTOM)) {
    for (const text of good) assert.equal(checkCustomConstraint(name, text), undefined, `${name} ${text}`);
    for (const text of bad) assert.equal(typeof checkCustomConstraint(name, text), 'string', `${name} ${text}`);
  }
  assert.deepEqual(['ip_addr', 'nova.flavor', 'nova'].map(customConstraintKind), ['checked', 'cloud', 'unknown']);
});

test('plain scalars as PyYAML reads them', () => {
  const table: readonly (readonly [string, unknown])[] = [
    ['', null],
    ['~', null],
    ['null', null],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['N', 'N'],
    ['010', 8],
    ['0o10', '0o10'],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['-5', -5],
    ['+5', 5],
    ['1:30', 90],
    ['1e3', '1e3'],
    ['1.5e+3', 1500],
    ['1.', 1],
    ['.5', 0.5],
    ['-.5', '-.5'],
    ['1:30.5', 90.5],
    ['-1:00:00.', -3600],
    ['1:60.5', '1:60.5'],
    ['.inf', '.inf'],
    ['2021-04-16', '2021-04-16'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.2.3.4', '1.2.3.4'],
    ['-', '-'],
    ['nothing', 'nothing'],
  ];
  for (const [text, value] of table) assert.equal(readPlainScalar(text), value, text);
});

test('what would become too large is refused before it is made', () => {
  for (const source of ENDLESS_PATTERNS)
    for (const compile of [compilePattern, compileFinder, compileSearch])
      assert.equal(compile(source), 'the pattern is too large', source);
});
