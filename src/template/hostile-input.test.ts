/** Documents, patterns and values that mean harm are refused and leave nothing behind; what that costs is measured (`bench/refuse-hostile.ts`), not tested. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, test } from 'node:test';
import type { Json } from '../std/json.ts';
import { compile, compiled, findings, scopeOf, templateOf } from './compile-fixture.ts';
import { evaluate } from './evaluate.ts';
import { HOSTILE_DOCUMENTS } from './hostile-documents-fixture.ts';
import { EVIL_PATTERNS, EVIL_TEXT } from './hostile-patterns-fixture.ts';
import { compilePattern } from './pattern.ts';

const HEAD = 'heat_template_version: 2021-04-16\n';

afterEach(() => {
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.equal(Object.keys(Object.prototype).length, 0);
});

for (const [name, [text, code]] of Object.entries(HOSTILE_DOCUMENTS)) {
  test(name, () => {
    const found = findings(text);
    assert.ok(
      found.some((line) => line.endsWith(code)),
      found.join(),
    );
  });
}

/** What a script prints whose process has little memory. */
function printedIn64MiB(script: string): string {
  const flags = ['--max-old-space-size=64', '--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd: import.meta.dirname, encoding: 'utf8' });
  return stdout === '' ? stderr : stdout;
}

test('all of them together are refused in 64 MiB', () => {
  const script = `
    const { HOSTILE_DOCUMENTS } = await import('./hostile-documents-fixture.ts');
    const { findings } = await import('./compile-fixture.ts');
    for (const [text] of Object.values(HOSTILE_DOCUMENTS)) if (findings(text).length === 0) process.exit(1);
    process.stdout.write('refused');
  `;
  assert.equal(printedIn64MiB(script), 'refused');
});

test('patterns and expressions that were read are not kept for ever', () => {
  const script = `
    const { compilePattern } = await import('./pattern.ts');
    const { evaluateYaql, readYaql } = await import('./yaql/expression.ts');
    for (let i = 0; i < 150; i++) {
      if (compilePattern('(a?b?c?d?){1000}' + i).matches('') || !compilePattern('.*').matches(String.fromCodePoint(65_536 + i))) process.exit(1);
      if (evaluateYaql(readYaql("regex('(a?b?c?d?){1000}" + i + "').matches('')"), {}) !== false) process.exit(1);
      if (readYaql('[' + '1,'.repeat(9_000) + i + ']').node === null) process.exit(1);
      if (readYaql('('.repeat(1_000_000) + i).node !== null) process.exit(1);
    }
    process.stdout.write('forgotten');
  `;
  assert.equal(printedIn64MiB(script), 'forgotten');
});

test('of a long text only the first mistake is told', () => {
  const filler = 'x: text of some length that goes on and on\n'.replace('x', '  k');
  const long = (end: string) => `${HEAD}description: |\n${filler.repeat(5_000)}${end}`;
  for (const [end, code] of [
    ['a: b: c\n', 'DOC-SYNTAX'],
    ['a: 1\na: 2\nb: 1\nb: 2\n', 'DOC-KEY-DUPLICATE'],
    ['__proto__: 1\n', 'DOC-KEY'],
  ] as const) {
    const found = findings(long(end));
    assert.deepEqual(
      found.map((line) => line.split(' ').at(-1)),
      [code],
    );
    assert.match(found[0]!, /^500[34]:/);
  }
});

test('aliases within reason are fine', () => {
  const text = `${HEAD}resources:\n  a: &a {type: Test::Thing, properties: &p {size: 2}}\n  b: *a\n  c: {<<: *a, properties: {<<: *p, text: hi}}\n`;
  assert.deepEqual(compiled(text).definitions.get('c')?.properties, { size: 2, text: 'hi' });
});

const NAMES = ['constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf'];

test('names that every object has are names like any other', () => {
  const things = Object.fromEntries(NAMES.map((name) => [name, { type: 'Test::Thing' }]));
  const outputs = Object.fromEntries(NAMES.map((name) => [name, { value: { get_attr: [name, 'out', name] } }]));
  const parameters = Object.fromEntries(NAMES.map((name) => [`p_${name}`, { type: 'string', default: name }]));
  const goal = compiled({ heat_template_version: '2021-04-16', parameters, resources: things, outputs });
  assert.equal(goal.definitions.size, NAMES.length);
  const scope = scopeOf(Object.fromEntries(NAMES.map((name) => [name, { attributes: { out: {} } }])));
  for (const name of NAMES) assert.equal(evaluate(goal.outputs[name]?.value ?? '', scope).value, null);
  for (const name of NAMES) {
    for (const reference of [
      { get_param: name },
      { get_resource: name },
      { get_file: name },
      { get_attr: ['a', name] },
      { if: [name, 1, 2] },
    ]) {
      assert.equal(compile(templateOf('2021-04-16', reference)).ok, false, JSON.stringify(reference));
    }
  }
});

test('a parameter can bring in neither a call nor a prototype', () => {
  const parameters = {
    heat_template_version: '2021-04-16',
    parameters: { p: { type: 'json' } },
    outputs: { o: { value: { get_param: 'p' } } },
  };
  const call = { x: { $: ['get_resource', 'secret'] } };
  assert.deepEqual(
    evaluate(compiled(parameters, { parameters: { p: call } }).outputs['o']?.value ?? null, scopeOf({})).value,
    call,
  );
  assert.deepEqual(
    findings(parameters, { parameters: { p: JSON.parse('{"__proto__": {"polluted": 1}}') as Json } })[0],
    'request -:- DOC-KEY',
  );
  const deep = `${'['.repeat(150)}${']'.repeat(150)}`;
  for (const p of ['{"a": {"__proto__": {"polluted": 1}}}', '{"\\u005f_proto__": 1}', '{"a": 1e999}', deep])
    assert.deepEqual(findings(parameters, { parameters: { p } }), ['request -:- PARAM-VALUE']);
});

test('attributes with hostile keys pollute nothing', () => {
  const goal = compiled(templateOf('2021-04-16', { map_merge: [{ get_attr: ['a', 'out'] }, { x: 1 }] }));
  const scope = scopeOf({ a: { attributes: { out: JSON.parse('{"__proto__": {"polluted": 1}}') as Json } } });
  const { value } = evaluate(goal.definitions.get('t')?.properties['value'] ?? null, scope);
  assert.equal((value as { polluted?: unknown }).polluted, undefined);
});

for (const source of EVIL_PATTERNS) {
  test(`the pattern ${source} does not hang`, () => {
    const pattern = compilePattern(source);
    assert.ok(typeof pattern !== 'string');
    try {
      assert.equal(pattern.matches(EVIL_TEXT), false);
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  });
}
