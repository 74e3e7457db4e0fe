/**
 * The quickstart that `npm start` runs: one web site, from nothing to nothing, by the real command line.
 *
 * Everything happens below `.setpoint/quickstart` in a database of its own. A former run that was killed is no trouble: what it left is
 * in that database, and is taken down first. Whatever does not come out as it should ends the script with exit code 1.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pc from 'picocolors';

const home = resolve(import.meta.dirname, '..');
const directory = resolve('.setpoint/quickstart');
const cli = join(home, 'src/cli/main.ts');
const template = join(home, 'examples/quickstart/site.yaml');
const siteRoot = join(directory, 'site');
const environment = {
  ...process.env,
  SETPOINT_DATABASE: `sqlite:${join(directory, 'state.db')}`,
  SETPOINT_LOCAL_STATE: join(directory, 'local'),
};

interface Run {
  readonly child: ChildProcess;
  /** Resolves when a line of its output matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number>;
}

async function main(): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const up = (...more: string[]) => [
    'up',
    template,
    '-s',
    'site',
    '-P',
    `directory=${directory}`,
    '-P',
    `port=${port}`,
    '-P',
    `node=${process.execPath}`,
    '-P',
    `server=${join(home, 'examples/quickstart/server.mjs')}`,
    ...more,
  ];

  say(
    'Setpoint converges a stack of resources on the latest goal you set.',
    `Everything happens in ${directory}; the site will be at ${url}.`,
  );
  await cleanUp();

  step(
    '1. Create it — and change your mind half-way',
    'The server takes a while to get ready. Meanwhile a second goal is set: nothing is locked, nothing is cancelled by hand.',
  );
  const first = start('first', up('-P', 'title=First light', '-P', 'warm_up_ms=2500'));
  await first.until(/web\s+CREATE IN_PROGRESS/);
  const second = start('second', up('-P', 'title=Second thoughts', '-P', 'warm_up_ms=2500'));
  expect(await first.ended, 3, 'the first command says that it was superseded');
  expect(await second.ended, 0, 'the second one is done');
  await showPage(url, 'Second thoughts');
  const server = await serverOf();

  step('2. Change it in place', 'Another title and colour: three files are rewritten; the server is the same process as before.');
  expect(await start('', up('-P', 'title=In place', '-P', 'colour=#a40000', '-P', 'warm_up_ms=2500')).ended, 0, 'updated');
  await showPage(url, 'In place');
  check((await serverOf()) === server, 'the server was left alone');

  step(
    '3. Replace a part of it',
    'Another password: it can only be made anew, and so can the server that was started with the old one.',
  );
  const third = ['-P', 'title=In place', '-P', 'colour=#a40000', '-P', 'password_generation=2'];
  expect(await run('preview', ...up(...third).slice(1)), 0, 'the preview says what would happen');
  expect(await start('', up(...third)).ended, 0, 'replaced');
  check((await serverOf()) !== server, 'it is another server process');

  step(
    '4. Let an update fail, and roll back',
    'The page is to hold a text that it does not hold; with --rollback the stack goes back to its last complete goal.',
  );
  expect(
    await start(
      '',
      up(
        '-P',
        'title=A bad idea',
        '-P',
        'colour=#a40000',
        '-P',
        'password_generation=2',
        '-P',
        'expected=no such text',
        '--rollback',
      ),
    ).ended,
    1,
    'the command says that it failed',
  );
  await showPage(url, 'In place');
  expect(await run('history', '-s', 'site'), 0, 'every goal is on record');

  step('5. Take it all down', 'What requires others goes first.');
  expect(await run('down', '-s', 'site'), 0, 'deleted');
  await checkNothingIsLeft(url);

  say(
    pc.green('That was the quickstart.'),
    'Try next, with the same database:',
    `  export SETPOINT_DATABASE=${environment.SETPOINT_DATABASE}`,
    '  npx setpoint events -s site          what happened, event by event',
    '  npx setpoint types                   what a template can be made of',
    '  npx setpoint up examples/…           one small example for each feature: see examples/README.md',
    '  npx setpoint --help                  all commands; docs/cli.md explains them',
  );
}

/** What a killed run left is in the database: converge on nothing. */
async function cleanUp(): Promise<void> {
  const stacks = existsSync(join(directory, 'state.db')) ? ((await readJson('list')) as { name: string }[]) : [];
  if (stacks.some((stack) => stack.name === 'site')) {
    say('A former run was not finished: what it left is taken down first.');
    expect(await run('down', '-s', 'site'), 0, 'clean');
  }
}

async function checkNothingIsLeft(url: string): Promise<void> {
  check(!existsSync(siteRoot), 'no file is left');
  check(
    await fetch(url).then(
      () => false,
      () => true,
    ),
    'nothing answers any more: no process is left',
  );
  const ledger = join(directory, 'local');
  check(
    !existsSync(ledger) || readdirSync(ledger, { recursive: true, withFileTypes: true }).every((entry) => entry.isDirectory()),
    'nothing is left on the machine’s own record',
  );
  check(((await readJson('list')) as unknown[]).length === 0, 'no stack is left');
  expect(await run('fsck'), 0, 'the database is consistent');
}

async function showPage(url: string, title: string): Promise<void> {
  const page = await fetch(url).then((response) => response.text());
  const heading = /<h1>(.*)<\/h1>/.exec(page)?.[1];
  console.log(`  ${pc.dim('GET')} ${url} ${pc.dim('→')} ${pc.bold(heading ?? page)}`);
  check(heading === title, `the page says “${title}”`);
}

/** The physical id of the server. */
async function serverOf(): Promise<string> {
  const resources = (await readJson('resources', '-s', 'site')) as { name: string; physicalId: string }[];
  return resources.find((resource) => resource.name === 'web')?.physicalId ?? '';
}

// ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Starts a command and shows its output behind a bar, with the label when two run at once. */
function start(label: string, args: readonly string[]): Run {
  console.log(`\n  ${pc.cyan('$')} setpoint ${args.map(shorten).join(' ')}`);
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...environment, ...(pc.isColorSupported ? { FORCE_COLOR: '1' } : {}) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watchers = new Set<(line: string) => void>();
  const show = (line: string) => {
    console.log(`  ${pc.dim('│')} ${label === '' ? '' : pc.dim(`${label.padEnd(7)}`)}${line}`);
    for (const watcher of watchers) watcher(line);
  };
  const read = [child.stdout, child.stderr].map((stream) => once(createInterface({ input: stream }).on('line', show), 'close'));
  const ended = once(child, 'exit').then(async ([code]) => {
    await Promise.all(read);
    return Number(code ?? -1);
  });
  const until = (pattern: RegExp) =>
    new Promise<void>((found, lost) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are left out of the comparison
      watchers.add((line) => pattern.test(line.replaceAll(/\x1b\[\d+m/g, '')) && found());
      void ended.then(() => lost(new Error(`the command ended before ${pattern}`)));
    });
  return { child, ended, until };
}

function run(...args: string[]): Promise<number> {
  return start('', args).ended;
}

async function readJson(...args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, [cli, ...args, '--json'], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return JSON.parse(Buffer.concat(chunks).toString());
}

function shorten(text: string): string {
  const known = text
    .replaceAll(`${home}/`, '')
    .replaceAll(process.execPath, 'node')
    .replaceAll(directory, '.setpoint/quickstart');
  return /^[\w@%+=:,./-]*$/.test(known) ? known : `'${known}'`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

// ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function say(...lines: string[]): void {
  console.log(`\n${lines.join('\n')}`);
}

function step(title: string, explanation: string): void {
  say(pc.bold(title), pc.dim(explanation));
}

function expect(code: number, wanted: number, what: string): void {
  check(code === wanted, `${what} (exit code ${code})`);
}

function check(holds: boolean, what: string): void {
  console.log(`  ${holds ? pc.green('✓') : pc.red('✗')} ${what}`);
  if (!holds) throw new Error(`this was to hold: ${what}`);
}

try {
  await main();
} catch (error) {
  console.error(pc.red(`\nThe quickstart stopped: ${error instanceof Error ? error.message : String(error)}`));
  process.exitCode = 1;
}
