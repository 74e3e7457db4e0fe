// Runs every test file under the project's own Node, prints what failed, and closes with `N passed, N failed`.

import { globSync, readFileSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const patterns = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const files = (patterns.length > 0 ? patterns : ['src/**/*.test.ts', 'test/**/*.test.ts']).flatMap((p) => globSync(p)).sort();
if (files.length === 0) {
  console.error('no test file matches');
  process.exit(1);
}

// One PostgreSQL for all files that want one, each of which makes databases of its own there; a file alone starts its own.
const wantsServer = (file) =>
  /fixtures\/(test-databases|postgres-server)\.ts|scenarios\/harness\.ts/.test(readFileSync(file, 'utf8'));
let server = null;
if (!process.env.SETPOINT_TEST_POSTGRES && files.filter(wantsServer).length > 1) {
  const { findServer, noServer } = await import('../src/store/fixtures/postgres-server.ts');
  server = await findServer();
  if (server === null) console.log(`tests on PostgreSQL are skipped: ${noServer}`);
  else process.env.SETPOINT_TEST_POSTGRES = server.url;
}

let passed = 0;
let failed = 0;
const stream = run({ files, concurrency: 2, forceExit: false });
const isSuite = (data) => data.details?.type === 'suite' || (data.file === data.name && data.nesting === 0);
stream.on('test:pass', (data) => {
  if (!isSuite(data) && !data.skip && !data.todo) passed++;
});
stream.on('test:fail', (data) => {
  if (data.details?.type !== 'suite') failed++;
  process.exitCode = 1;
});
stream.on('end', () => {
  void server?.stop();
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
});
if (process.argv.includes('--verbose')) stream.compose(spec).pipe(process.stdout);
else {
  stream.on('test:fail', (data) => {
    if (data.details?.type === 'suite') return;
    const error = data.details?.error?.cause ?? data.details?.error;
    console.log(
      `✖ ${data.name}\n  ${data.file ?? ''}:${data.line ?? ''}\n  ${String(error?.stack ?? error).replaceAll('\n', '\n  ')}\n`,
    );
  });
  stream.on('test:stderr', (data) => process.stderr.write(data.message));
  stream.resume();
}
