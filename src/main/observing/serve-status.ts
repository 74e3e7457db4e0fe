/**
 * Liveness, readiness and metrics of one engine process over HTTP, for whatever supervises and scrapes it.
 *
 * It answers three paths with GET and knows no other; it tells nothing of stacks but how many there are. Live means that this process works as
 * it should, whatever the database does: restarting an engine mends no database. Ready means that the engine holds its lease and is not
 * leaving.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StatusParts {
  /** Null when all is well, otherwise what is wrong. */
  notLive(): string | null;
  notReady(): string | null;
  metrics(): Promise<string>;
}

export interface StatusServer {
  /** `http://host:port` as it really listens. */
  readonly url: string;
  close(): Promise<void>;
}

/** Rejects when the address can't be listened on. */
export async function serveStatus(host: string, port: number, parts: StatusParts): Promise<StatusServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) => {
    answer(parts, request, response).catch(() => reply(response, 500, 'it could not be told\n'));
  });
  server.maxConnections = 64;
  await listen(server, host, port);
  const { address, port: actual, family } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`, close: () => close(server) };
}

async function answer(parts: StatusParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, 'only GET\n');
  switch (new URL(request.url ?? '/', 'http://status').pathname) {
    case '/healthz':
      return replyState(response, parts.notLive());
    case '/readyz':
      return replyState(response, parts.notLive() ?? parts.notReady());
    case '/metrics':
      return reply(response, 200, await parts.metrics(), 'text/plain; version=0.0.4; charset=utf-8');
    default:
      return reply(response, 404, 'there are /healthz, /readyz and /metrics\n');
  }
}

const replyState = (response: ServerResponse, wrong: string | null): void =>
  reply(response, wrong === null ? 200 : 503, `${wrong ?? 'ok'}\n`);

function reply(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  response.end(text);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
