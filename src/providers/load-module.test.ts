import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Json, JsonMap } from '../std/json.ts';
import { loadProviderModule } from './load-module.ts';
import { ProviderFailure } from './sdk.ts';
import { assertConforms, openBench, withDefaults } from './testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'setpoint-modules-'));
after(() => rmSync(directory, { recursive: true, force: true }));

let written = 0;
function moduleOf(text: string): string {
  written += 1;
  const path = join(directory, `m${written}.mjs`);
  writeFileSync(path, text);
  return path;
}

describe('loadProviderModule', () => {
  it('loads types that are defined with setpoint/provider, though it is not installed', async () => {
    const path = moduleOf(`
      import { defineResource, fail } from 'setpoint/provider';
      export default [defineResource({ type: 'A::B::C', create: () => { throw fail('no'); } })];`);
    const [type] = await loadProviderModule(path);
    assert.equal(type?.name, 'A::B::C');
    const bench = openBench(type ?? assert.fail());
    await assert.rejects(bench.create(bench.newObject(), {}), (error) => error instanceof ProviderFailure);
  });

  const table = [
    { name: 'no default export', text: 'export const types = [];', message: /has no default export/ },
    {
      name: 'no list',
      text: 'export default { name: 1 };',
      message: /must export a list of resource types by default, not a map/,
    },
    {
      name: 'no types',
      text: 'export default [{ name: "A::B::C" }, 3];',
      message: /item 0 has no create function \(A::B::C\)[\s\S]*item 1 is a number/,
    },
    { name: 'a syntax error', text: 'export default [;', message: /can't be loaded: / },
    {
      name: 'a bad spec',
      text: "import { defineResource } from 'setpoint/provider'; export default [defineResource({ type: 'x' })];",
      message: /can't be loaded: resource type x is not well defined:[\s\S]*create is required/,
    },
  ];
  for (const { name, text, message } of table) {
    it(`explains ${name}`, () => assert.rejects(loadProviderModule(moduleOf(text)), message));
  }

  it('explains a file that is not there', () => assert.rejects(loadProviderModule('no/such.ts'), /no\/such\.ts was not found/));
});

describe('examples/providers/board.ts', () => {
  it('conforms', async () => {
    const board = await openBoard();
    try {
      const [card] = await loadProviderModule(join(import.meta.dirname, '../../examples/providers/board.ts'));
      const properties = { title: 'a' };
      const settings = { url: board.url, api_key: 'secret' };
      await assertConforms(card ?? assert.fail(), {
        properties,
        changed: { title: 'b', column: 'done' },
        settings,
        inventory: board.inventory,
      });
      assert.deepEqual(withDefaults(card?.properties ?? {}, properties), { title: 'a', column: 'to do', colour: 'white' });
    } finally {
      board.close();
    }
  });
});

/** The service that the example is written for: a card is printed for a while before it is ready. */
async function openBoard() {
  const cards = new Map<string, JsonMap & { label: string; looks: number }>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = (chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}) as JsonMap;
    const reply = (status: number, value: Json) => response.writeHead(status).end(JSON.stringify(value));
    if (request.headers.authorization !== 'Bearer secret') return void reply(401, 'who are you?');
    const [, , name = '', label] = (request.url ?? '').split('/');
    if (request.method === 'POST') {
      const id = `card-${cards.size + 1}`;
      cards.set(id, { ...body, id, label: String(body['label']), looks: 0 });
      return void reply(201, { ...body, id, state: 'printing' });
    }
    const id = label === undefined ? name : [...cards].find(([, card]) => card.label === label)?.[0];
    const card = cards.get(id ?? '');
    if (!id || !card) return void reply(404, null);
    if (request.method === 'DELETE') cards.delete(id);
    if (request.method === 'PUT') cards.set(id, { ...card, ...body });
    card.looks += 1;
    reply(200, { ...cards.get(id), ...(request.method === 'DELETE' ? card : {}), state: card.looks > 2 ? 'ready' : 'printing' });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inventory: () => [...cards.keys()],
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
