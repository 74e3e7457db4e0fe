/**
 * Every directory below examples/ that has `steps` is run through the command line, in a copy of its own, and what is printed is compared
 * with `expected/output.txt`; UPDATE_EXPECTED=1 writes it anew. Times, ids, paths and ports are masked.
 *
 * A step is `setpoint …`, optionally with `& until TEXT` (in the background, the next step when TEXT is printed) or `| summary` (only the outcome
 * of its last JSON line); `wait` for the one in the background; `kill` it; `cat FILE`; `rm FILE`; or a comment.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CliBench, type Ended, openCliBench, type Running } from './fixtures/cli-bench.ts';

const examples = join(import.meta.dirname, '../../examples');
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'steps')));

for (const name of names) {
  test(`example: ${name}`, async (t) => {
    const bench = openCliBench(t);
    cpSync(join(examples, name), bench.directory, { recursive: true });
    const port = await freePort();
    const printed = mask(await runSteps(bench, port), bench, port);
    const path = join(examples, name, 'expected/output.txt');
    if (process.env['UPDATE_EXPECTED']) {
      mkdirSync(join(examples, name, 'expected'), { recursive: true });
      writeFileSync(path, printed);
    }
    assert.equal(printed, readFileSync(path, 'utf8'));
    assert.deepEqual(await bench.json('list'), [], 'an example takes down what it made');
  });
}

test('every example is in the table of examples/README.md', () => {
  const table = readFileSync(join(examples, 'README.md'), 'utf8');
  for (const name of readdirSync(examples, { withFileTypes: true }))
    if (name.isDirectory()) assert.match(table, new RegExp(`\\]\\(${name.name}`));
});

async function runSteps(bench: CliBench, port: number): Promise<string> {
  const said: string[] = [];
  let behind: Running | null = null;
  for (const line of bench
    .read('steps')
    .split('\n')
    .filter((step) => step !== '')) {
    said.push(line.startsWith('#') ? `\n${line}` : `\n$ ${line}`);
    const [, command = line, until] = /^(.*?) & until (.*)$/.exec(line) ?? [];
    const [verb = '', ...args] = wordsOf(command.replace('$NODE', process.execPath).replace('$PORT', String(port)));
    if (until !== undefined) {
      behind = bench.start(...args);
      await behind.until(new RegExp(until.replaceAll(' ', '\\s+')));
    } else if (verb === 'kill') {
      behind?.child.kill('SIGKILL');
      await behind?.ended;
    } else if (verb === 'wait') said.push(lastLines(await behind!.ended));
    else if (verb === 'cat') said.push(bench.exists(args[0]!) ? bench.read(args[0]!).trimEnd() : `${args[0]} does not exist`);
    else if (verb === 'rm') rmSync(bench.path(args[0]!));
    else if (verb === 'setpoint') said.push(await runStep(bench, args));
  }
  return `${said.join('\n').trim()}\n`;
}

async function runStep(bench: CliBench, args: readonly string[]): Promise<string> {
  const summary = args.at(-2) === '|' && args.at(-1) === 'summary';
  const ended = await bench.run(...(summary ? args.slice(0, -2) : args));
  return summary ? summaryText(ended) : textOf(ended);
}

function textOf({ code, stdout, stderr }: Ended): string {
  return [stdout.trimEnd(), stderr.trimEnd(), code === 0 ? '' : `(exit code ${code})`].filter((part) => part !== '').join('\n');
}

/** Without the events, whose order depends on who is faster. */
function lastLines(ended: Ended): string {
  const lines = ended.stdout.split('\n').filter((line) => !/^\d\d:\d\d:\d\d /.test(line));
  return textOf({ ...ended, stdout: lines.join('\n') });
}

function summaryText({ code, stdout }: Ended): string {
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    action: string;
    outcome: string;
    failures: { name: string; status: string }[];
  };
  const failures = last.failures.map(({ name, status }) => ` ${name} ${status}`).join(',');
  return `${last.action} ${last.outcome}${failures === '' ? '' : `:${failures}`}${code === 0 ? '' : ` (exit code ${code})`}`;
}

function mask(text: string, bench: CliBench, port: number): string {
  return (
    text
      .replaceAll(bench.directory, 'DIRECTORY')
      .replaceAll(process.execPath, 'node')
      .replaceAll(new RegExp(`(?<!\\d)${port}(?!\\d)`, 'g'), '8080')
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'YYYY-MM-DD HH:MM:SS')
      .replaceAll(/\d{4}-\d\d-\d\d(?=T\d\d:)/g, 'YYYY-MM-DD')
      .replaceAll(/\d\d:\d\d:\d\d/g, 'HH:MM:SS')
      .replaceAll(/(?<= )\d+(\.\d)? s\b/g, 'N s')
      .replaceAll(/sp[0-9a-f]{32}/g, 'spTOKEN')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
      .replaceAll(/(?<=UUID\.\d+\.)\d+/g, 'MS')
      .replaceAll(/(?<=-)[0-9a-f]{12}\b/g, 'PART')
      .replaceAll(/process \d+/g, 'process PID')
      .replaceAll(/(?<=\s)\d+@\d+/g, 'PID@START')
      // Columns are as wide as the paths in them; lines of a source stay as they are, for what is underlined in them.
      .replaceAll(/^(?! +\d* *\| ).*$/gm, (line) => line.replaceAll(/(?<=\S) {2,}/g, '  '))
      .replaceAll(/ +$/gm, '')
  );
}

/** As a shell would: words, and quotes round those with spaces. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:"([^"]*)"|'([^']*)'|(\S+))/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
