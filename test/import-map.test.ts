/**
 * The import map: which room may import which. A new arrow fails here until the map is changed with it, and ARCHITECTURE.md says why.
 *
 * Drawn from the sources themselves: every relative import, types included, because a type is a dependency too.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'node:test';
import { findCycle } from '../src/graph/dependency-graph.ts';

/** Room → the rooms it may import. */
const allowed: { readonly [room: string]: readonly string[] } = {
  std: [],
  graph: ['std'],
  template: ['std', 'graph'],
  engine: ['std', 'graph', 'template'],
  store: ['std', 'graph', 'template', 'engine'],
  providers: ['std', 'graph', 'template', 'engine'],
  main: ['std', 'graph', 'template', 'engine', 'store', 'providers'],
  cli: ['std', 'graph', 'template', 'engine', 'store', 'providers', 'main', 'simulation'],
  simulation: ['std', 'graph', 'template', 'engine', 'store', 'providers', 'main'],
  chaos: ['std', 'graph', 'template', 'engine', 'store', 'providers', 'main'],
  bench: ['std', 'graph', 'template', 'engine', 'store', 'providers', 'main'],
};

const importing = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'(\.[^']+)'|import\(\s*'(\.[^']+)'\s*\)/g;

function arrows(): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const file of globSync('src/*/**/*.ts').filter((f) => !f.endsWith('.test.ts') && !f.includes('fixture'))) {
    const room = file.split(sep)[1]!;
    for (const match of readFileSync(file, 'utf8').matchAll(importing)) {
      const target = normalize(join(dirname(file), (match[1] ?? match[2])!)).split(sep)[1]!;
      if (target === room) continue;
      if (!found.has(room)) found.set(room, new Map());
      found.get(room)!.set(target, file);
    }
  }
  return found;
}

test('every arrow between rooms is declared', () => {
  const undeclared = [...arrows()].flatMap(([room, targets]) =>
    [...targets].filter(([target]) => !allowed[room]?.includes(target)).map(([target, file]) => `${room} → ${target} (${file})`),
  );
  assert.deepEqual(undeclared, []);
});

test('no declared arrow is unused in the pure rooms, and there is no circle', () => {
  const graph = new Map([...arrows()].map(([room, targets]) => [room, [...targets.keys()]] as const));
  for (const targets of [...graph.values()]) for (const target of targets) if (!graph.has(target)) graph.set(target, []);
  assert.equal(findCycle(graph), undefined);
});

test('the pure rooms and the engine know no clock, chance, timers, files or SQL', () => {
  const forbidden =
    /\bDate\.now\(|\bnew Date\(\)|Math\.random\(|\bset(?:Timeout|Interval|Immediate)\(|node:(?:fs|child_process|http|sqlite|timers)/;
  const files = ['graph', 'template', 'engine']
    .flatMap((room) => globSync(`src/${room}/**/*.ts`))
    .filter((f) => !f.endsWith('.test.ts'));
  assert.deepEqual(
    files.filter((file) => forbidden.test(readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, ''))),
    [],
  );
});

test('only the store says SQL', () => {
  const sql = /['"`]\s*(?:select|insert into|update \w+ set|delete from)\s/i;
  const files = globSync('src/*/**/*.ts').filter(
    (f) => !f.endsWith('.test.ts') && !['store', 'simulation', 'bench', 'chaos'].includes(f.split(sep)[1]!),
  );
  assert.deepEqual(
    files.filter((file) => sql.test(readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, ''))),
    [],
  );
});
