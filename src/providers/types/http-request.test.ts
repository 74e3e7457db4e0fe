import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Json, JsonMap } from '../../std/json.ts';
import { assertConforms, openBench, settle, withDefaults } from '../testing.ts';
import { httpRequest } from './http-request.ts';

/** A small REST server: /things with ids, keys that it honours, and answers it can be told to give. */
interface Thing {
  readonly id: number;
  readonly key: string;
  body: Json;
}

let server: Server;
let base: string;
const things = new Map<number, Thing>();
const seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
/** Answers given before anything else, in order. */
const scripted: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
let honoursKeys = true;

before(async () => {
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  things.clear();
  seen.length = 0;
  scripted.length = 0;
  honoursKeys = true;
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers } = request;
  seen.push({ method, url, headers });
  const scriptedAnswer = scripted.shift();
  if (scriptedAnswer) return scriptedAnswer(request, response);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = chunks.length === 0 ? null : (JSON.parse(Buffer.concat(chunks).toString()) as Json);
  const reply = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
  const show = (thing: Thing) => ({ thing: { id: thing.id }, ...(thing.body as JsonMap) });
  const id = Number(/^\/things\/(\d+)$/.exec(url)?.[1]);
  const thing = things.get(id);
  if (url === '/things' && method === 'POST') {
    const key = String(headers['idempotency-key']);
    const known = honoursKeys ? [...things.values()].find((candidate) => candidate.key === key) : undefined;
    const made = known ?? { id: things.size + 1, key, body };
    things.set(made.id, made);
    return void reply(201, show(made));
  }
  if (url.startsWith('/by-key/')) {
    const found = [...things.values()].find((candidate) => candidate.key === url.slice('/by-key/'.length));
    return void (found ? reply(200, show(found)) : reply(404, {}));
  }
  if (!thing) return void reply(404, { error: 'no such thing' });
  if (method === 'PUT') thing.body = body;
  if (method === 'DELETE') things.delete(id);
  reply(200, show(thing));
}

const rest = (n: number): JsonMap => ({
  create: { url: `${base}/things`, body: { n: 1 } },
  read: { url: `${base}/things/{id}` },
  update: { url: `${base}/things/{id}`, body: { n } },
  delete: { url: `${base}/things/{id}` },
  find: { url: `${base}/by-key/{token}`, id: '/thing/id' },
  id: '/thing/id',
});
const filled = (given: JsonMap) => withDefaults(httpRequest.properties, given);
const inventory = () => [...things.values()].map((thing) => `thing ${thing.id}`);

describe('Setpoint::Http::Request', () => {
  it('conforms with every request', () => assertConforms(httpRequest, { properties: rest(1), changed: rest(2), inventory }));

  it('conforms when the server knows keys and can not be searched', () => {
    const { find: _find, ...properties } = rest(1);
    return assertConforms(httpRequest, { properties: { ...properties, idempotent: true }, inventory });
  });

  it('deletes an object whose create was never answered', async () => {
    const bench = openBench(httpRequest);
    const kept = bench.newObject();
    const { find: _find, ...given } = rest(1);
    const properties = filled({ ...given, idempotent: true });
    await bench.create(kept, properties);
    const found = await bench.find(kept, properties);
    assert.ok(found.presence === 'present' && found.complete === false);
    kept.physicalId = found.physicalId;
    await bench.delete(kept, properties);
    assert.deepEqual(inventory(), []);
  });

  it('says that it does not know whether an unanswered create arrived', async () => {
    const bench = openBench(httpRequest);
    const { find: _find, ...given } = rest(1);
    assert.equal((await bench.find(bench.newObject(), filled(given))).presence, 'unknown');
  });

  it('sends headers, secret ones too, and the token as the key', async () => {
    const bench = openBench(httpRequest);
    const kept = bench.newObject();
    await bench.create(kept, filled({ ...rest(1), headers: { 'x-a': '1' }, secret_headers: { authorization: 'Bearer s' } }));
    assert.equal(seen[0]?.headers['idempotency-key'], kept.token);
    assert.equal(seen[0]?.headers['x-a'], '1');
    assert.equal(seen[0]?.headers.authorization, 'Bearer s');
    assert.equal(seen[0]?.headers['content-type'], 'application/json');
    assert.equal(httpRequest.properties['secret_headers']?.sensitive, true);
  });

  it('percent-encodes what it fills in', async () => {
    const bench = openBench(httpRequest);
    const kept = bench.newObject();
    kept.physicalId = '../x?y';
    await bench.read(kept, filled(rest(1)));
    assert.equal(seen[0]?.url, '/things/..%2Fx%3Fy');
  });

  const respond =
    (status: number, headers: { [name: string]: string } = {}) =>
    (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(status, headers).end('because');
  const failures = [
    {
      name: '503 with Retry-After',
      act: respond(503, { 'retry-after': '7' }),
      expected: { retry: 'later', afterMs: 7000, changed: false },
    },
    { name: '429', act: respond(429), expected: { retry: 'later', afterMs: null, changed: false } },
    { name: '500', act: respond(500), expected: { retry: 'later', changed: null } },
    { name: '409', act: respond(409), expected: { retry: 'never', changed: false, message: /status 409: because/ } },
    { name: '302', act: respond(302, { location: 'http://127.0.0.1:1/' }), expected: { retry: 'never', changed: null } },
    {
      name: 'an answer without an id',
      act: respond(201),
      expected: { retry: 'never', changed: null, message: /no id at \/thing\/id/ },
    },
    {
      name: 'a connection reset after it was sent',
      act: (request: IncomingMessage) => void request.socket.destroy(),
      expected: { retry: 'later', changed: null },
    },
  ];
  for (const { name, act, expected } of failures) {
    it(`fails: ${name}`, async () => {
      const bench = openBench(httpRequest);
      scripted.push(act);
      await assert.rejects(bench.create(bench.newObject(), filled(rest(1))), expected);
    });
  }

  it('fails: a connection refused has changed nothing', async () => {
    const bench = openBench(httpRequest);
    const unused = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => unused.once('listening', resolve));
    const { port } = unused.address() as AddressInfo;
    await new Promise((resolve) => unused.close(resolve));
    const create = { url: `http://127.0.0.1:${port}/?secret=canary` };
    await assert.rejects(
      bench.create(bench.newObject(), filled({ create })),
      (error: Error & { retry: string; changed: boolean }) => {
        assert.deepEqual([error.retry, error.changed], ['later', false]);
        assert.doesNotMatch(error.message, /canary/);
        return true;
      },
    );
  });

  it('is replaced when create changes and there is no update request', () => {
    const { update: _update, ...given } = rest(1);
    const reason = (previous: JsonMap, desired: JsonMap) =>
      httpRequest.replaceReason?.(filled(previous), filled(desired)) ?? null;
    assert.match(reason(given, { ...given, create: { url: `${base}/things`, body: { n: 2 } } }) ?? '', /create changed/);
    assert.equal(reason(given, given), null);
    assert.equal(reason(rest(1), rest(2)), null);
    assert.match(reason(given, { read: { url: base } }) ?? '', /two things/);
  });

  it('validates URLs, pointers and patterns', () => {
    const problems = httpRequest.validate?.({
      create: { url: 'file:///etc/passwd' },
      read: { url: 'http://x/{id}', body_pattern: '(' },
      id: 'id',
    });
    assert.equal(problems?.length, 3);
    assert.deepEqual(httpRequest.validate?.({}), ['either create or read is needed']);
  });
});

describe('Setpoint::Http::Request as a check', () => {
  it('asks until the answer is as expected', async () => {
    const bench = openBench(httpRequest);
    const down = (_: IncomingMessage, response: ServerResponse) => void response.writeHead(503).end();
    const up = (_: IncomingMessage, response: ServerResponse) => void response.end('I am ready now');
    scripted.push(down, down, up, up);
    const properties = filled({ read: { url: `${base}/health`, body_pattern: 'ready' }, retry: { interval: 5, timeout: 60 } });
    const start = bench.environment.now();
    const kept = bench.newObject();
    settle(kept, properties, await bench.create(kept, properties));
    assert.equal(bench.environment.now() - start, 10_000);
    const again = await bench.read(kept, properties);
    assert.ok(again.presence === 'present' && again.healthy === undefined && again.attributes?.['status'] === 200);
  });

  it('is not held up by a pattern that would keep the platform busy for hours', async () => {
    const bench = openBench(httpRequest);
    const evil = 'a'.repeat(50_000);
    scripted.push(
      (_, response) => void response.end(`${evil}!`),
      (_, response) => void response.end(`${evil}!`),
    );
    for (const [body_pattern, message] of [
      ['^(a+)+$', /the answer does not match/],
      ['(?=(a+)+x)a', /takes too much work/],
    ] as const) {
      const properties = filled({ read: { url: `${base}/health`, body_pattern }, retry: { interval: 5, timeout: 0 } });
      await assert.rejects(bench.create(bench.newObject(), properties), { message });
    }
  });

  it('fails when its time is over, and has changed nothing', async () => {
    const bench = openBench(httpRequest);
    const properties = filled({ read: { url: `${base}/nothing` }, retry: { interval: 5, timeout: 12 } });
    const expected = { retry: 'never', changed: false, message: /after 12 s: the status is 404, not 2xx/ };
    await assert.rejects(bench.create(bench.newObject(), properties), expected);
    assert.equal(seen.length, 4);
  });
});
