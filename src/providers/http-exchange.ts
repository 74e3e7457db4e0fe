/**
 * One HTTP exchange, and what its outcome means for an object: made, not made, or not known.
 *
 * Redirects are not followed, because headers may hold secrets. A body is read up to a bound. Failures are classed by how far the
 * request got: refused or not resolved changed nothing; lost after it was sent, nobody knows.
 */
import { type Json, sameJson } from '../std/json.ts';
import { parseJson } from '../std/parse-json.ts';
import { fail, retryLater } from './sdk.ts';

const MAX_BODY_BYTES = 1 << 20;
const SHOWN_CHARACTERS = 500;

/** The request never reached the server. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
/** Answered by a server that wants to be asked again. */
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Answers by which it has surely done nothing. */
const SURELY_UNCHANGED = new Set([425, 429, 503]);

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Json | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The body as JSON; null when it is none. */
  readonly json: Json;
  /** From the Retry-After header. */
  readonly retryAfterSeconds: number | null;
}

/** Sends and reads; throws a classed failure when no answer came. `now` is for a Retry-After that is a date. */
export async function exchange(request: Exchange, now: number): Promise<Answer> {
  const { method, url, signal, timeoutMs } = request;
  const headers = new Headers(request.headers);
  if (request.body !== undefined && typeof request.body !== 'string' && !headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: request.body === undefined ? null : typeof request.body === 'string' ? request.body : JSON.stringify(request.body),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await readBounded(response);
    return { status: response.status, text, json: jsonOf(text), retryAfterSeconds: retryAfter(response, now) };
  } catch (error) {
    signal.throwIfAborted();
    throw noAnswer(`${method} ${withoutQuery(url)}`, error);
  }
}

/** The failure that an unexpected status is. */
export function unexpected({ method, url }: Exchange, answer: Answer): Error {
  const said = answer.text.trim().slice(0, SHOWN_CHARACTERS);
  const message = `${method} ${withoutQuery(url)} answered with status ${answer.status}${said === '' ? '' : `: ${said}`}`;
  if (TRY_AGAIN.has(answer.status)) {
    return retryLater(message, {
      ...(answer.retryAfterSeconds === null ? {} : { afterSeconds: answer.retryAfterSeconds }),
      ...(SURELY_UNCHANGED.has(answer.status) ? { changed: false } : {}),
    });
  }
  // Refused by the server: 4xx is its word that nothing was done. Anything else is an answer nobody expected.
  return answer.status >= 400 && answer.status < 500 ? fail(message, { changed: false }) : fail(message);
}

/** The value a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. */
export function pointTo(value: Json, pointer: string): Json | undefined {
  if (pointer === '') return value;
  let at: Json | undefined = value;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as { readonly [key: string]: Json })[key];
  }
  return at;
}

/** Does `observed` hold everything of `wanted`? Members that the server added do not count. */
export function contains(observed: Json, wanted: Json): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return sameJson(observed, wanted);
  if (typeof observed !== 'object' || observed === null || Array.isArray(observed)) return false;
  const [has, wants] = [observed as { readonly [key: string]: Json }, wanted as { readonly [key: string]: Json }];
  return Object.keys(wants).every((key) => Object.hasOwn(has, key) && contains(has[key] as Json, wants[key] as Json));
}

/** A URL as far as it may be shown: queries and user names may hold secrets. */
export function withoutQuery(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return origin + pathname;
  } catch {
    return url;
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function noAnswer(what: string, error: unknown): Error {
  const cause = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
  const codes = [cause.code, ...((cause as unknown as AggregateError).errors ?? []).map((e: NodeJS.ErrnoException) => e.code)];
  const notSent = codes.some((code) => code !== undefined && NOT_SENT.has(code));
  const reason = cause.message || cause.code || String(cause);
  return retryLater(`${what}: ${reason}`, notSent ? { changed: false } : {});
}

function retryAfter(response: Response, now: number): number | null {
  const value = response.headers.get('retry-after');
  if (value === null) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
