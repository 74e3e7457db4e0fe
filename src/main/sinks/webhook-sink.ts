/**
 * Events over HTTP: each is POSTed as JSON, to hosts that the operator allows and no others.
 *
 * A template's author must not reach by it what only this machine can: hosts are on a list; a name is resolved once, every address it has must be
 * out there (or the host is on the list of those inside), and the connection goes to the address that was looked at; redirects are not
 * followed, answers not read, and what is told of a failure says nothing of the answer.
 */
import { lookup } from 'node:dns/promises';
import { type RequestOptions as HttpOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { matchesGlob } from '../../template/match-glob.ts';
import { isPublicAddress } from './addresses.ts';
import type { EventSinkType, SentEvent } from './event-sink.ts';

export interface WebhookOptions {
  /** `host` or `host:port`, perhaps with `*` for parts of a name; https, at public addresses. */
  readonly hosts: readonly string[];
  /** The same for hosts inside: plain http and private addresses will do. */
  readonly inside?: readonly string[];
  /** 10,000 when left out. */
  readonly timeoutMs?: number;
  /** Every address of a name; the system's resolver when left out. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

const notAllowed = 'its host is not among those that the operator allows';

export function createWebhookSink(options: WebhookOptions): EventSinkType {
  return {
    type: 'webhook',
    refuse: (target) => {
      const place = placeOf(target, options);
      return typeof place === 'string' ? place : null;
    },
    async send(target, event, signal) {
      const place = placeOf(target, options);
      if (typeof place === 'string') throw new Error(place);
      const address = await addressOf(place, options.resolve ?? resolveAll);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs ?? 10_000)]);
      const status = await post(place.url, address, event, limit);
      if (status < 200 || status > 299) throw new Error(`it answered with status ${status}`);
    },
  };
}

interface Place {
  readonly url: URL;
  readonly isInside: boolean;
}

/** The target as a place, or why it is none. */
function placeOf(target: string, { hosts, inside = [] }: WebhookOptions): Place | string {
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'its target is no https URL';
  if (url.username !== '' || url.password !== '') return 'its target holds credentials';
  const isInside = isAmong(url, inside);
  if (!isInside && !isAmong(url, hosts)) return notAllowed;
  if (!isInside && url.protocol === 'http:') return 'its target is no https URL';
  return { url, isInside };
}

function isAmong(url: URL, hosts: readonly string[]): boolean {
  const host = url.hostname.replace(/\.$/, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return hosts.some((pattern) => {
    const [, name = pattern, wanted] = /^(.*?)(?::(\d+))?$/.exec(pattern) ?? [];
    const usual = url.protocol === 'https:' ? '443' : '80';
    return matchesGlob(name.toLowerCase(), host) && port === (wanted ?? usual);
  });
}

/** One look: what was looked at is what is connected to, whatever a name leads to a moment later. */
async function addressOf({ url, isInside }: Place, resolve: (host: string) => Promise<readonly string[]>): Promise<string> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const [first] = addresses;
  if (first === undefined) throw new Error('its host has no address');
  if (!isInside && !addresses.every(isPublicAddress)) throw new Error(notAllowed);
  return first;
}

/** An IPv6 address without its brackets. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

async function resolveAll(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw new Error('its host has no address');
  }
}

function post(url: URL, address: string, event: SentEvent, signal: AbortSignal): Promise<number> {
  const body = JSON.stringify(event);
  const isSecure = url.protocol === 'https:';
  const options: HttpOptions & { servername?: string } = {
    host: address,
    port: url.port || (isSecure ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    method: 'POST',
    headers: { host: url.host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    agent: false,
    signal,
    ...(isSecure && isIP(hostOf(url)) === 0 ? { servername: url.hostname } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? requestHttps : requestHttp)(options, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.on('error', (error) => reject(new Error(reasonOf(error, signal))));
    request.end(body);
  });
}

function reasonOf(error: Error & { readonly code?: string }, signal: AbortSignal): string {
  if (signal.aborted) return 'it did not answer in time';
  return error.code?.startsWith('E') ? `it can't be reached (${error.code})` : "it can't be reached";
}
