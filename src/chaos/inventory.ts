/**
 * The world of a chaos run, as a process of its own: objects behind HTTP that outlive every engine and database, and can be counted.
 *
 * A token makes one object however often it is asked for; once its object was deleted, it makes another, as a cloud would. An update that is
 * older than the last one is refused. Every call takes some time, so that calls are under way when their engine dies.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

interface Thing {
  readonly id: string;
  readonly token: string;
  readonly stack: string;
  readonly name: string;
  value: string;
  operation: number;
}

const things = new Map<string, Thing>();
const byToken = new Map<string, string>();
let next = 1;

async function bodyOf(request: IncomingMessage): Promise<Record<string, string | number>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : (JSON.parse(text) as Record<string, string | number>);
}

function make(body: Record<string, string | number>): Thing {
  const token = String(body['token']);
  const known = things.get(byToken.get(token) ?? '');
  if (known) return known;
  const { stack, name, value, operation } = body;
  const made = {
    id: `x${next++}`,
    token,
    stack: String(stack),
    name: String(name),
    value: String(value),
    operation: Number(operation),
  };
  things.set(made.id, made);
  byToken.set(token, made.id);
  return made;
}

function change(id: string, body: Record<string, string | number>): Thing | 'gone' | 'older' {
  const thing = things.get(id);
  if (!thing) return 'gone';
  if (Number(body['operation']) < thing.operation) return 'older';
  thing.value = String(body['value']);
  thing.operation = Number(body['operation']);
  return thing;
}

function answer(method: string, path: readonly string[], body: Record<string, string | number>): [number, unknown] {
  const [kind = '', id = ''] = path;
  if (kind === 'all') return [200, [...things.values()]];
  if (method === 'POST') return body['value'] === 'poison' ? [400, 'poison'] : [201, make(body)];
  const thing = kind === 'token' ? things.get(byToken.get(id) ?? '') : things.get(id);
  if (method === 'DELETE') {
    things.delete(id);
    return [200, {}];
  }
  if (method === 'PUT') {
    if (body['value'] === 'poison') return [400, 'poison'];
    const changed = change(id, body);
    return changed === 'gone' ? [404, changed] : changed === 'older' ? [409, changed] : [200, changed];
  }
  return thing ? [200, thing] : [404, 'absent'];
}

const server = createServer(async (request, response) => {
  const path = (request.url ?? '')
    .split('/')
    .filter((part) => part !== '')
    .slice(0, 3);
  const body = await bodyOf(request);
  // Half of a call's time passes before it has its effect, and half after it.
  if (request.method !== 'GET') await pause(Math.random() * 40);
  const [status, value] = answer(
    request.method ?? 'GET',
    path[0] === 'things' ? (path.slice(1).length === 1 ? ['id', path[1]!] : ['id']) : path,
    body,
  );
  if (request.method !== 'GET') await pause(Math.random() * 40);
  response.writeHead(status).end(JSON.stringify(value));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
