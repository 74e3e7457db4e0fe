/**
 * Setpoint::Http::Request: an object behind a REST interface, or, with `read` alone, the word of a URL that it answers.
 *
 * Each function is a request of yours; `{id}` and `{token}` in its URL stand for the object's id and the token, percent-encoded. create sends the
 * token in a header (Idempotency-Key). When its answer is lost: with a `find` request the object is looked for; with `idempotent: true` the server is
 * trusted to know the key, and create is sent again; with neither it ends in UNKNOWN, and a person decides.
 *
 * A check (no create) makes nothing: it asks until the answer is as expected, by asking the engine to call again, for at most retry.timeout seconds.
 */
import { type Json, sameJson } from '../../std/json.ts';
import { compileFinder } from '../../template/pattern.ts';
import { type Answer, contains, type Exchange, exchange, pointTo, unexpected } from '../http-exchange.ts';
import { askAgain, type Call, defineResource, fail, type PropertySchema, type PropertySchemas, replaceMe } from '../sdk.ts';

/** The id of an object whose create was not answered: its real one is learned by sending create again. */
const UNANSWERED = 'unanswered:';

const request = {
  url: { type: 'string', required: true, description: 'http or https; {id} and {token} are filled in.' },
  method: { type: 'string', description: 'POST for create, PUT for update, DELETE for delete, GET otherwise.' },
  body: { type: 'any', description: 'A text as it is; anything else as JSON.' },
  headers: { type: 'map', default: {}, items: { type: 'string' }, description: 'Added to those of the resource.' },
  expected_status: {
    type: 'list',
    items: { type: 'integer' },
    description: 'Statuses of success; any from 200 to 299 when left out.',
  },
} as const satisfies PropertySchemas;

const requestOf = <const D extends string>(description: D) =>
  ({ type: 'map', update: 'in-place', description, properties: request }) as const satisfies PropertySchema;

const properties = {
  create: requestOf('Makes the object. Without it the resource only checks what read answers.'),
  read: {
    type: 'map',
    update: 'in-place',
    description: 'Looks at the object; 404 and 410 mean that it is gone.',
    properties: {
      ...request,
      body_pattern: {
        type: 'string',
        description: 'A regular expression that a part of the answer must match, in the syntax of allowed_pattern; for a check.',
      },
    },
  },
  update: requestOf('Changes the object. Without it a change of create is a replacement.'),
  delete: requestOf('Removes the object; 404 and 410 are successes.'),
  find: {
    type: 'map',
    update: 'in-place',
    description: 'Looks for an object by {token}: 404, or nothing at id, mean that there is none.',
    properties: { ...request, id: { type: 'string', required: true, description: 'JSON pointer to the id in the answer.' } },
  },
  id: { type: 'string', description: "JSON pointer to the object's id in create's answer; when left out the token is its id." },
  headers: { type: 'map', default: {}, update: 'in-place', items: { type: 'string' }, description: 'For every request.' },
  secret_headers: {
    type: 'map',
    default: {},
    update: 'in-place',
    sensitive: true,
    items: { type: 'string' },
    description: 'For every request, kept secret.',
  },
  idempotency_header: {
    type: 'string',
    default: 'Idempotency-Key',
    update: 'in-place',
    description: 'Names the header with the token.',
  },
  idempotent: {
    type: 'boolean',
    default: false,
    update: 'in-place',
    description: 'The server makes one object for one key, however often create is sent.',
  },
  timeout: {
    type: 'number',
    default: 30,
    update: 'in-place',
    constraints: [{ range: { min: 0.1 } }],
    description: 'Seconds until a request is given up.',
  },
  retry: {
    type: 'map',
    default: {},
    update: 'in-place',
    description: 'Of a check: how often it asks, and for how long.',
    properties: {
      interval: { type: 'number', default: 2, constraints: [{ range: { min: 0.1 } }] },
      timeout: { type: 'number', default: 60, constraints: [{ range: { min: 0 } }] },
    },
  },
} as const satisfies PropertySchemas;

type HttpCall = Call<typeof properties>;
type Wanted = HttpCall['properties'];
type Act = 'create' | 'read' | 'update' | 'delete' | 'find';
type Request = NonNullable<Wanted['create']>;

const METHODS: { readonly [act in Act]: string } = { create: 'POST', read: 'GET', update: 'PUT', delete: 'DELETE', find: 'GET' };
const ACTS = Object.keys(METHODS) as Act[];

export const httpRequest = defineResource({
  type: 'Setpoint::Http::Request',
  description: 'An object behind a REST interface, or a check that a URL answers as expected.',
  halfMade: 'resume',
  interruptible: true,
  properties,
  attributes: {
    id: { type: 'string', description: "The object's id." },
    status: { type: 'integer', description: 'The status of the last answer.' },
    body: { type: 'string', description: 'The last answer.' },
    json: { type: 'any', description: 'The last answer as JSON; null when it is none.' },
  },

  validate(wanted) {
    const problems = ACTS.flatMap((act) => urlProblems(`${act}.url`, wanted[act]?.url));
    if (!wanted.create && !wanted.read) problems.push('either create or read is needed');
    if (!wanted.create) {
      for (const act of ['update', 'delete', 'find'] as const) if (wanted[act]) problems.push(`${act} needs create`);
    }
    const pointers = { id: wanted.id, 'find.id': wanted.find?.id };
    for (const [name, pointer] of Object.entries(pointers)) {
      if (pointer !== undefined && pointer !== '' && !pointer.startsWith('/'))
        problems.push(`${name} must be a JSON pointer, like /id`);
    }
    const pattern = wanted.read?.body_pattern === undefined ? null : compileFinder(wanted.read.body_pattern);
    if (typeof pattern === 'string') problems.push(`read.body_pattern is no pattern: ${pattern}`);
    return problems;
  },

  replaceReason(previous, desired) {
    if (!previous.create !== !desired.create) return 'a check and an object are two things';
    if (desired.update || same(previous.create, desired.create)) return null;
    return 'create changed, and there is no update request';
  },

  matches(observed, desired) {
    const [seen, wanted] = [observed.create?.body, (desired.update ?? desired.create)?.body];
    if (seen === undefined || typeof wanted !== 'object' || wanted === null) return undefined;
    return contains(seen, wanted);
  },

  async create(call) {
    if (!call.properties.create) return checkAnswer(call);
    // The engine refuses this when the call does not rule any more, so that a paused one sends nothing when it wakes.
    await call.saveProgress({ progress: { sending: true } });
    return made(await sendCreate(call));
  },

  async update(call) {
    if (!call.properties.create) return checkAnswer(call);
    const id = await idOf(call);
    if (!call.properties.update) {
      return { physicalId: id, state: call.state, ...keptAttributes(call) };
    }
    const { answer } = await send('update', call, id);
    return answer === null ? replaceMe('the server says that it is gone') : made({ id, answer });
  },

  async find(call) {
    if (!call.properties.create) return { presence: 'absent' };
    if (call.properties.find) return findByToken(call, call.properties.find.id);
    if (call.properties.idempotent) return { presence: 'present', complete: false, physicalId: UNANSWERED + call.token };
    return {
      presence: 'unknown',
      reason: 'it has neither a find request nor idempotent: true, so nobody can say whether create arrived',
    };
  },

  async read(call) {
    const { create, read } = call.properties;
    const id = await idOf(call);
    if (!read)
      return {
        presence: 'present',
        reason: 'it has no read request',
        physicalId: id,
        ...keptAttributes(call),
        state: call.state,
      };
    const { answer, exchanged } = await ask('read', call, id);
    if (create && isGone(answer)) return { presence: 'absent' };
    const problem = problemOf(call, answer);
    if (create && problem !== null) throw unexpected(exchanged, answer);
    return {
      presence: 'present',
      ...made({ id, answer }),
      ...(create && answer.json !== null ? { properties: { create: { url: create.url, headers: {}, body: answer.json } } } : {}),
      ...(problem === null ? {} : { healthy: false, reason: problem }),
    };
  },

  async delete(call) {
    if (call.properties.delete) await send('delete', call, await idOf(call));
  },
});

/** Sends create and learns the id. */
async function sendCreate(call: HttpCall): Promise<{ id: string; answer: Answer }> {
  const { answer, exchanged } = await ask('create', call, '', { [call.properties.idempotency_header]: call.token });
  if (!isExpected(call.properties.create, answer)) throw unexpected(exchanged, answer);
  if (call.properties.id === undefined) return { id: call.token, answer };
  const id = pointTo(answer.json, call.properties.id);
  if (typeof id === 'string' || typeof id === 'number') return { id: String(id), answer };
  throw fail(`create was answered with status ${answer.status}, but there is no id at ${call.properties.id}`);
}

/** update or delete; the answer is null when the object is gone. */
async function send(act: 'update' | 'delete', call: HttpCall, id: string): Promise<{ answer: Answer | null }> {
  const key = { [call.properties.idempotency_header]: `${call.token}-${call.operation}` };
  const { answer, exchanged } = await ask(act, call, id, act === 'update' ? key : {});
  if (isExpected(call.properties[act], answer)) return { answer };
  if (isGone(answer)) return { answer: null };
  throw unexpected(exchanged, answer);
}

async function findByToken(call: HttpCall, pointer: string) {
  const { answer, exchanged } = await ask('find', call, '');
  if (isGone(answer)) return { presence: 'absent' } as const;
  if (!isExpected(call.properties.find, answer)) throw unexpected(exchanged, answer);
  const id = pointTo(answer.json, pointer);
  if (id === undefined || id === null) return { presence: 'absent' } as const;
  return { presence: 'present', ...made({ id: String(id), answer }) } as const;
}

/** A check: done when the answer is as expected, asked again until its time is over. */
async function checkAnswer(call: HttpCall) {
  const now = call.environment.now();
  const since = (call.progress as { since?: number } | null)?.since ?? now;
  const { interval, timeout } = call.properties.retry as { interval: number; timeout: number };
  const id = call.physicalId ?? call.token;
  let problem: string;
  try {
    const { answer } = await ask('read', call, id);
    const found = problemOf(call, answer);
    if (found === null) return made({ id, answer });
    problem = found;
  } catch (error) {
    call.signal.throwIfAborted();
    problem = (error as Error).message;
  }
  if (now - since >= timeout * 1000) throw fail(`not as expected after ${timeout} s: ${problem}`, { changed: false });
  return askAgain(interval, { since }, { physicalId: id, reason: problem });
}

/** How an answer to read differs from what is expected; null for not at all. */
function problemOf(call: HttpCall, answer: Answer): string | null {
  const { read } = call.properties;
  if (!isExpected(read, answer)) return `the status is ${answer.status}, not ${read?.expected_status?.join(' or ') ?? '2xx'}`;
  return read?.body_pattern === undefined ? null : mismatch(read.body_pattern, answer.text);
}

/** Whoever writes a pattern must not be able to hold up the engine with it, so the platform's engine is not asked. */
function mismatch(source: string, text: string): string | null {
  const pattern = compileFinder(source);
  if (typeof pattern === 'string') return `read.body_pattern is no pattern: ${pattern}`;
  try {
    return pattern.matches(text) ? null : `the answer does not match ${source}`;
  } catch (error) {
    if (error instanceof RangeError) return `${source} takes too much work on the answer`;
    throw error;
  }
}

async function ask(act: Act, call: HttpCall, id: string, more: { readonly [name: string]: string } = {}) {
  const { properties: wanted } = call;
  const written = wanted[act] as Request;
  const url = fillIn(written.url, { id, token: call.token });
  const [problem] = urlProblems(`${act}.url`, url);
  if (problem) throw fail(problem, { changed: false });
  const exchanged: Exchange = {
    method: written.method ?? METHODS[act],
    url,
    headers: { ...wanted.headers, ...wanted.secret_headers, ...written.headers, ...more },
    body: written.body,
    timeoutMs: wanted.timeout * 1000,
    signal: call.signal,
  };
  return { exchanged, answer: await exchange(exchanged, call.environment.now()) };
}

function same(a: Request | undefined, b: Request | undefined): boolean {
  return sameJson((a ?? null) as Json, (b ?? null) as Json);
}

/** The id; of a create that was not answered, it is learned now. */
async function idOf(call: HttpCall): Promise<string> {
  const id = call.physicalId ?? call.token;
  return id.startsWith(UNANSWERED) ? (await sendCreate(call)).id : id;
}

function made({ id, answer }: { id: string; answer: Answer }) {
  const attributes = { id, status: answer.status, body: answer.text, json: answer.json };
  return { physicalId: id, attributes, state: { attributes } };
}

function keptAttributes(call: HttpCall) {
  const attributes = (call.state as { attributes?: ReturnType<typeof made>['attributes'] } | null)?.attributes;
  return attributes ? { attributes } : {};
}

function isExpected(
  written: { readonly expected_status?: readonly number[] | undefined } | undefined,
  { status }: Answer,
): boolean {
  return written?.expected_status?.includes(status) ?? (status >= 200 && status < 300);
}

function isGone({ status }: Answer): boolean {
  return status === 404 || status === 410;
}

function fillIn(url: string, values: { readonly [name: string]: string }): string {
  return url.replaceAll(/\{(id|token)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}

function urlProblems(name: string, url: string | undefined): string[] {
  if (url === undefined) return [];
  const parsed = URL.parse(fillIn(url, { id: 'x', token: 'x' }));
  if (parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return [];
  return [`${name} must be a URL of http or https`];
}
