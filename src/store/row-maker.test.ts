import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { makerByCopy, makerByLiteral } from './row-maker.ts';

const names = ['id', 'select', 'with "quotes"', 'a}; throw 1; ({b', 'line\nbreak'];
const values = [1, 'x', null, 2.5, 'y'];
const wanted = { id: 1, select: 'x', 'with "quotes"': null, 'a}; throw 1; ({b': 2.5, 'line\nbreak': 'y' };

for (const make of [makerByLiteral, makerByCopy])
  test(`${make.name}: whatever a column is called, it is a name`, () => {
    const row = make(names);
    assert.deepEqual(row(values), wanted);
    assert.deepEqual(row([2, '', '', 0, null]), {
      ...wanted,
      id: 2,
      select: '',
      'with "quotes"': '',
      'a}; throw 1; ({b': 0,
      'line\nbreak': null,
    });
  });

test('a Node that makes no code of texts reads rows all the same', () => {
  const code = `import { openSqlite } from ${JSON.stringify(new URL('./sqlite-driver.ts', import.meta.url).href)};
    import { query } from ${JSON.stringify(new URL('./sql.ts', import.meta.url).href)};
    const driver = openSqlite({ path: ':memory:' });
    console.log(JSON.stringify(driver.write(query('select 1 as one, 2 as two'))));
    driver.close();`;
  const told = spawnSync(process.execPath, ['--disallow-code-generation-from-strings', '--input-type=module', '-e', code], {
    encoding: 'utf8',
  });
  assert.equal(told.stdout.trim(), '[{"one":1,"two":2}]', told.stderr);
});
