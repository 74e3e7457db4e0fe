// A collection of notes in memory: POST, GET, PUT and DELETE /notes/ID. One idempotency key, one note.
import { createServer } from 'node:http';

const notes = new Map();
const keys = new Map();

createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const id = request.url.split('/')[2];
  const key = request.headers['idempotency-key'];
  if (request.method === 'POST') {
    const fresh = keys.get(key) ?? `note-${notes.size + 1}`;
    keys.set(key, fresh);
    notes.set(fresh, { id: fresh, ...JSON.parse(body) });
    return response.writeHead(201).end(JSON.stringify(notes.get(fresh)));
  }
  if (request.url === '/') return response.end('ready');
  if (!notes.has(id)) return response.writeHead(404).end();
  if (request.method === 'PUT') notes.set(id, { id, ...JSON.parse(body) });
  if (request.method === 'DELETE') notes.delete(id);
  response.end(JSON.stringify(notes.get(id) ?? {}));
}).listen(Number(process.env.PORT), '127.0.0.1');
