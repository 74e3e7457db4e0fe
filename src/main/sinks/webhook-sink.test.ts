import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createRawServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isPublicAddress } from './addresses.ts';
import { type SentEvent, toSentEvent } from './event-sink.ts';
import { createWebhookSink, type WebhookOptions } from './webhook-sink.ts';

const event: SentEvent = toSentEvent('uuid', {
  seq: 7,
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  resourceId: 1,
  name: 'a',
  type: 'OS::Heat::TestResource',
  physicalId: 'p',
  action: 'CREATE',
  status: 'COMPLETE',
  reason: 'state changed',
});
const forever = new AbortController().signal;

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function receive(t: TestContext, answer: RequestListener = (_, response) => response.writeHead(204).end()) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    heard.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { heard, port, host: `127.0.0.1:${port}` };
}

const inside = (host: string, more: Partial<WebhookOptions> = {}) => createWebhookSink({ hosts: [], inside: [host], ...more });

test('an event is posted as JSON, as Heat’s own are', async (t) => {
  const { heard, host } = await receive(t);
  await inside(host).send(`http://${host}/hook?token=t`, event, forever);
  const [{ method, url, headers, body }] = heard as [Heard];
  assert.deepEqual([method, url, headers['content-type'], headers.host], ['POST', '/hook?token=t', 'application/json', host]);
  assert.deepEqual(JSON.parse(body), {
    timestamp: '2026-01-02T03:04:05Z',
    version: '0.1',
    type: 'os.heat.event',
    id: 'uuid.7.1767323045678',
    payload: {
      resource_name: 'a',
      physical_resource_id: 'p',
      stack_id: 'uuid',
      resource_action: 'CREATE',
      resource_status: 'COMPLETE',
      resource_status_reason: 'state changed',
      resource_type: 'OS::Heat::TestResource',
      resource_properties: {},
      version: '0.1',
    },
  });
});

const answers: readonly (readonly [what: string, answer: RequestListener, said: RegExp])[] = [
  ['an error', (_, response) => response.writeHead(500).end('secret of the server'), /^it answered with status 500$/],
  ['a redirect', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(), /^it answered with status 302$/],
  ['a broken connection', (request) => request.socket.destroy(), /^it can't be reached \(ECONNRESET\)$/],
];
for (const [what, answer, said] of answers)
  test(`${what} is a failure that says nothing of the answer, and nothing else is asked`, async (t) => {
    const { heard, host } = await receive(t, answer);
    await assert.rejects(inside(host).send(`http://${host}/token`, event, forever), { message: said });
    assert.equal(heard.length, 1);
  });

test('an endless answer is not read', async (t) => {
  const { host } = await receive(t, (_, response) => {
    response.writeHead(200);
    const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
    more();
  });
  await inside(host).send(`http://${host}/`, event, forever);
});

test('one that never answers is given up', async (t) => {
  const { host } = await receive(t, () => {});
  await assert.rejects(inside(host, { timeoutMs: 1 }).send(`http://${host}/`, event, forever), {
    message: 'it did not answer in time',
  });
  const giveUp = new AbortController();
  const sending = inside(host).send(`http://${host}/`, event, giveUp.signal);
  giveUp.abort();
  await assert.rejects(sending);
});

test('nobody listens there', async () => {
  const unused = createRawServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => unused.once('listening', resolve));
  const host = `127.0.0.1:${(unused.address() as AddressInfo).port}`;
  await new Promise((resolve) => unused.close(resolve));
  await assert.rejects(inside(host).send(`http://${host}/`, event, forever), { message: "it can't be reached (ECONNREFUSED)" });
});

/** Targets of a template's author, where the operator allows hooks.example.org and *.example.net, and inside 10.0.0.5:8080. */
const targets: readonly (readonly [target: string, refused: RegExp | null])[] = [
  ['https://hooks.example.org/a', null],
  ['https://HOOKS.example.org./a', null],
  ['https://x.y.example.net/', null],
  ['http://10.0.0.5:8080/', null],
  ['http://hooks.example.org/', /no https URL/],
  ['https://hooks.example.org:8443/', /not among/],
  ['https://example.org/', /not among/],
  ['https://hooks.example.org.evil.test/', /not among/],
  ['https://evil.test/hooks.example.org', /not among/],
  ['https://evil.test#hooks.example.org', /not among/],
  ['https://hooks.example.org@evil.test/', /credentials/],
  ['https://user:secret@hooks.example.org/', /credentials/],
  ['http://10.0.0.5/', /not among/],
  ['http://127.0.0.1:8080/', /not among/],
  ['http://2130706433/', /not among/],
  ['http://[::1]:8080/', /not among/],
  ['file:///etc/passwd', /no https URL/],
  ['ftp://hooks.example.org/', /no https URL/],
  ['hooks.example.org', /no https URL/],
  ['', /no https URL/],
];
test('only what the operator allows is a target, however it is written', () => {
  const sink = createWebhookSink({ hosts: ['hooks.example.org', '*.example.net'], inside: ['10.0.0.5:8080'] });
  for (const [target, refused] of targets) {
    const said = sink.refuse(target);
    if (refused === null) assert.equal(said, null, target);
    else assert.match(said ?? 'allowed', refused, target);
    assert.ok(!said?.includes('secret'));
  }
});

test('a name that leads inside is refused with the words for any other, wherever one of its addresses does; nothing is connected', async (t) => {
  const { heard, port } = await receive(t);
  const target = `https://hooks.example.org:${port}/`;
  const notAllowed = { message: 'its host is not among those that the operator allows' };
  for (const addresses of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:127.0.0.1']]) {
    const sink = createWebhookSink({ hosts: [`hooks.example.org:${port}`], resolve: async () => addresses });
    await assert.rejects(sink.send(target, event, forever), notAllowed, addresses.join());
  }
  const nowhere = createWebhookSink({ hosts: [`hooks.example.org:${port}`], resolve: async () => [] });
  await assert.rejects(nowhere.send(target, event, forever), { message: 'its host has no address' });
  assert.equal(heard.length, 0);
});

test('a name is resolved once, and what was looked at is connected to', async (t) => {
  const { heard, port } = await receive(t);
  let looks = 0;
  const resolve = async (): Promise<string[]> => [looks++ === 0 ? '127.0.0.1' : '192.0.2.1'];
  await inside(`hooks.test:${port}`, { resolve }).send(`http://hooks.test:${port}/`, event, forever);
  assert.deepEqual([looks, heard[0]?.headers.host], [1, `hooks.test:${port}`]);
});

test('which addresses are out there', () => {
  const within = `0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 198.18.0.1
    224.0.0.1 255.255.255.255 :: ::1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::a00:1 fe80::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1
    2002:a00:1:: localhost 1.2.3`;
  for (const address of within.trim().split(/\s+/)) assert.equal(isPublicAddress(address), false, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111'])
    assert.equal(isPublicAddress(address), true, address);
});
