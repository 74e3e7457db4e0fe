import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { ResourceType } from '../../engine/ports/provider.ts';
import type { JsonMap } from '../../std/json.ts';
import { openScratch } from '../fixtures/local-scratch.ts';
import { stopAt } from '../fixtures/stopped-call.ts';
import { assertConforms, type Bench, type Kept, openBench, settle, withDefaults } from '../testing.ts';
import { directory } from './directory.ts';
import { file } from './file.ts';

const filled = (type: ResourceType, given: JsonMap) => withDefaults(type.properties, given);

describe('Setpoint::Local::File', () => {
  it('conforms', async () => {
    const scratch = openScratch();
    const path = scratch.path('a.txt');
    const { settings, inventory } = scratch;
    await assertConforms(file, {
      properties: { path, content: 'one\n' },
      changed: { path, content: 'two', mode: '0600' },
      settings,
      inventory,
    });
  });

  it('gives path, digest and size', async () => {
    const scratch = openScratch();
    const bench = openBench(file, scratch);
    const path = scratch.path('a.txt');
    const outcome = await bench.create(bench.newObject(), filled(file, { path, content: 'hé\n', mode: '0640' }));
    assert.ok(outcome.kind === 'done');
    assert.equal(outcome.physicalId, path);
    assert.equal(outcome.attributes?.['path'], path);
    assert.equal(outcome.attributes?.['size'], 4);
    assert.match(String(outcome.attributes?.['sha256']), /^[0-9a-f]{64}$/);
    assert.equal(statSync(path).mode & 0o777, 0o640);
  });

  it('never overwrites, adopts or deletes a foreign file, even one with the same content', async () => {
    const scratch = openScratch();
    const bench = openBench(file, scratch);
    const path = scratch.path('a.txt');
    writeFileSync(path, 'same');
    const before = scratch.inventory();
    const kept = bench.newObject();
    const properties = filled(file, { path, content: 'same' });
    await assert.rejects(
      bench.create(kept, properties),
      (error: Error) => error.message.includes(path) && 'changed' in error && error.changed === false,
    );
    assert.deepEqual(await bench.find(kept, properties), { presence: 'absent' });
    kept.physicalId = path;
    assert.deepEqual(await bench.read(kept, properties), { presence: 'absent' });
    await bench.delete(kept, properties);
    assert.equal(readFileSync(path, 'utf8'), 'same');
    assert.deepEqual(scratch.inventory(), before);
  });

  it('leaves alone what others put in its place, links too', async () => {
    for (const intrude of [
      (path: string) => writeFileSync(path, 'theirs'),
      (path: string) => symlinkSync(join(dirname(path), 'target'), path),
      (path: string) => mkdirSync(path),
    ]) {
      const scratch = openScratch();
      const bench = openBench(file, scratch);
      const path = scratch.path('a.txt');
      writeFileSync(scratch.path('target'), 'target');
      const kept = bench.newObject();
      const properties = filled(file, { path, content: 'ours' });
      settle(kept, properties, await bench.create(kept, properties));
      renameSync(path, scratch.path('elsewhere'));
      intrude(path);
      assert.deepEqual(await bench.read(kept, properties), { presence: 'absent' });
      await assert.rejects(bench.update(kept, { ...properties, content: 'new' }), /was not made by this resource/);
      await bench.delete(kept, properties);
      assert.ok(existsSync(path));
      assert.equal(readFileSync(scratch.path('target'), 'utf8'), 'target');
    }
  });

  it('is still ours after others changed it in place, and is put right', async () => {
    const scratch = openScratch();
    const bench = openBench(file, scratch);
    const path = scratch.path('a.txt');
    const kept = bench.newObject();
    const properties = filled(file, { path, content: 'ours' });
    settle(kept, properties, await bench.create(kept, properties));
    writeFileSync(path, 'changed');
    const seen = await bench.read(kept, properties);
    assert.ok(seen.presence === 'present' && file.matches?.(seen.properties ?? {}, properties) === false);
    settle(kept, properties, await bench.update(kept, properties));
    assert.equal(readFileSync(path, 'utf8'), 'ours');
    await bench.delete(kept, properties);
    assert.equal(existsSync(path), false);
  });

  it('is known without the ledger, by its state', async () => {
    const scratch = openScratch();
    const bench = openBench(file, scratch);
    const path = scratch.path('a.txt');
    const kept = bench.newObject();
    const properties = filled(file, { path, content: 'ours' });
    settle(kept, properties, await bench.create(kept, properties));
    rmSync(scratch.settings.state_directory, { recursive: true });
    assert.equal((await bench.read(kept, properties)).presence, 'present');
    await bench.delete(kept, properties);
    assert.equal(existsSync(path), false);
  });

  it('is not brought back by an update that was overtaken by its delete', async () => {
    const scratch = openScratch();
    const bench = openBench(file, scratch);
    const kept = bench.newObject();
    const properties = filled(file, { path: scratch.path('a.txt') });
    settle(kept, properties, await bench.create(kept, properties));
    const late = { ...kept };
    await bench.delete(kept, properties);
    assert.equal((await bench.update(late, { ...properties, content: 'late' })).kind, 'replace-me');
    assert.equal(existsSync(scratch.path('a.txt')), false);
  });

  it('refuses a NUL, an empty path, a missing directory and modes that are not octal', async () => {
    const scratch = openScratch();
    assert.equal(file.validate?.({ path: 'a\0b' }).length, 1);
    assert.equal(file.validate?.({ path: '' }).length, 1);
    const bench = openBench(file, scratch);
    await assert.rejects(bench.create(bench.newObject(), filled(file, { path: scratch.path('no/such/file') })), {
      changed: false,
    });
    await assert.rejects(bench.create(bench.newObject(), filled(file, { path: 'a\0b' })), { changed: false });
    assert.deepEqual(scratch.inventory(), []);
  });

  it('has one identity however its path is written', () => {
    assert.equal(file.identity?.({ path: '/a/./b/../c' }), '/a/c');
    assert.equal(directory.identity?.({ path: '/a/c/' }), '/a/c');
    assert.equal(file.facts.provider, directory.facts.provider);
  });
});

describe('Setpoint::Local::Directory', () => {
  it('conforms', async () => {
    const { path, settings, inventory } = openScratch();
    await assertConforms(directory, {
      properties: { path: path('d') },
      changed: { path: path('d'), mode: '0700' },
      settings,
      inventory,
    });
  });

  it('keeps a directory that is not empty, and says what it holds', async () => {
    const scratch = openScratch();
    const bench = openBench(directory, scratch);
    const properties = filled(directory, { path: scratch.path('d') });
    const kept = bench.newObject();
    settle(kept, properties, await bench.create(kept, properties));
    writeFileSync(scratch.path('d/theirs'), '');
    await assert.rejects(bench.delete(kept, properties), { retry: 'later', changed: false, message: /is not empty.*theirs/ });
    rmSync(scratch.path('d/theirs'));
    await bench.delete(kept, properties);
    assert.deepEqual(scratch.inventory(), []);
  });

  it('never takes a foreign directory for its own, not even an empty one', async () => {
    const scratch = openScratch();
    const bench = openBench(directory, scratch);
    mkdirSync(scratch.path('d'));
    const properties = filled(directory, { path: scratch.path('d') });
    const kept = bench.newObject();
    await assert.rejects(bench.create(kept, properties), { changed: false, message: /was not made by this resource/ });
    kept.physicalId = scratch.path('d');
    await bench.delete(kept, properties);
    assert.deepEqual(scratch.inventory(), ['d']);
  });
});

describe('killed at any instant', () => {
  /** False when it came to its end. */
  function killedAt(type: ResourceType, action: 'create' | 'update', n: number, bench: Bench, kept: Kept, properties: JsonMap) {
    return stopAt(n, async () => type[action]?.(bench.call({ ...kept }, properties)));
  }

  for (const type of [file, directory]) {
    it(`${type.name}: a create is found after a real SIGKILL`, async () => {
      for (const n of [5, 9]) {
        const scratch = openScratch();
        const bench = openBench(type, scratch);
        const kept = bench.newObject();
        const properties = filled(type, { path: scratch.path('x') });
        const source = type === file ? ['../types/file.ts', 'file'] : ['../types/directory.ts', 'directory'];
        const input = {
          state: scratch.settings.state_directory,
          token: kept.token,
          properties,
          physicalId: null,
          objectState: null,
        };
        const program = join(import.meta.dirname, '../fixtures/killed-child.ts');
        const words = [program, ...source, 'create', String(n), JSON.stringify(input)];
        const child = spawnSync(process.execPath, words, { encoding: 'utf8' });
        assert.equal(child.signal, 'SIGKILL', child.stderr);
        assert.equal((await bench.find(kept, properties)).presence, 'present');
        settle(kept, properties, await bench.create(kept, properties));
        await bench.delete(kept, properties);
        assert.deepEqual(scratch.inventory(), []);
      }
    });
  }

  for (const type of [file, directory]) {
    it(`${type.name}: a create is found, and taken up or removed without a trace`, async () => {
      let kills = 0;
      for (let n = 1; n < 40; n++) {
        const scratch = openScratch();
        const bench = openBench(type, scratch);
        const kept = bench.newObject();
        const path = scratch.path('x');
        const properties = filled(type, { path });
        if (!(await killedAt(type, 'create', n, bench, kept, properties))) break;
        kills += 1;
        const seen = await bench.find(kept, properties);
        if (seen.presence === 'absent')
          assert.deepEqual(
            scratch.inventory().filter((name) => !name.startsWith('state/')),
            [],
          );
        if (n % 2 === 0) settle(kept, properties, await bench.create(kept, properties));
        kept.physicalId ??= path;
        await bench.delete(kept, properties);
        assert.deepEqual(scratch.inventory(), [], `killed before change ${n}`);
      }
      assert.ok(kills >= 5, `${kills} places to be killed at`);
    });
  }

  it('Setpoint::Local::File: an update leaves the old content or the new, and is repeated', async () => {
    let kills = 0;
    for (let n = 1; n < 40; n++) {
      const scratch = openScratch();
      const bench = openBench(file, scratch);
      const kept = bench.newObject();
      const old = filled(file, { path: scratch.path('x'), content: 'old' });
      settle(kept, old, await bench.create(kept, old));
      const wanted = { ...old, content: 'new' };
      if (!(await killedAt(file, 'update', n, bench, kept, wanted))) break;
      kills += 1;
      assert.ok(['old', 'new'].includes(readFileSync(scratch.path('x'), 'utf8')));
      // Another goal came meanwhile, so that neither content is the wanted one.
      const last = { ...old, content: 'last' };
      assert.equal((await bench.read(kept, last)).presence, 'present');
      settle(kept, last, await bench.update(kept, last));
      assert.equal(readFileSync(scratch.path('x'), 'utf8'), 'last');
      await bench.delete(kept, last);
      assert.deepEqual(scratch.inventory(), [], `killed before change ${n}`);
    }
    assert.ok(kills >= 5, `${kills} places to be killed at`);
  });

  it('Setpoint::Local::File: a foreign file survives every instant', async () => {
    for (let n = 1; n < 40; n++) {
      const scratch = openScratch();
      const bench = openBench(file, scratch);
      const kept = bench.newObject();
      const properties = filled(file, { path: scratch.path('x'), content: 'ours' });
      const wasKilled = await killedAt(file, 'create', n, bench, kept, properties);
      const ours = existsSync(scratch.path('x'));
      if (!wasKilled || ours) break;
      writeFileSync(scratch.path('x'), 'theirs');
      await assert.rejects(bench.create(kept, properties), /was not made by this resource/);
      kept.physicalId = scratch.path('x');
      await bench.delete(kept, properties);
      assert.equal(readFileSync(scratch.path('x'), 'utf8'), 'theirs');
      assert.deepEqual(
        readdirSync(dirname(scratch.path('x'))).filter((name) => name.endsWith('.setpoint')),
        [],
      );
    }
  });
});
