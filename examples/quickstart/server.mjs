// Serves a directory on loopback. Takes WARM_UP_MS to get ready, as real servers do; until then /health says 503.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const root = process.argv[2];
const { PORT, WARM_UP_MS = '0', ADMIN_PASSWORD } = process.env;
const readyAt = Date.now() + Number(WARM_UP_MS);
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8' };

createServer((request, response) => {
  const path = normalize(new URL(request.url, 'http://localhost').pathname);
  if (path === '/health') return response.writeHead(Date.now() >= readyAt ? 200 : 503).end();
  if (path === '/admin') return admin(request, response);
  const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
  if (path.includes('/.') || !existsSync(file)) return response.writeHead(404).end('not found\n');
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' });
  createReadStream(file).pipe(response);
}).listen(Number(PORT), '127.0.0.1', () => console.log(`serving ${root} on port ${PORT}`));

function admin(request, response) {
  const expected = `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}`;
  if (request.headers.authorization !== expected) return response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
  response.writeHead(200).end('hello, admin\n');
}
