/**
 * The kill campaign: `up` on real files and processes, killed by SIGKILL at a random moment, then `up` again at once, then `down`. After each
 * round every object must stand exactly once, the database must be sound, and after `down` nothing may be left.
 *
 *   npm run kill -- [--rounds 50] [--seed 1]
 *
 * Exit code 1 when a round fails. Some two seconds a round.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } } });
const cli = new URL('../src/cli/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'setpoint-kill-'));
const out = join(folder, 'out');
const files = 30;
const processes = 3;
let state = Number(values.seed) >>> 0;

/** A small generator of its own, so that a round can be told again by its seed. */
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function template(): object {
  const resources: Record<string, object> = { dir: { type: 'Setpoint::Local::Directory', properties: { path: out } } };
  for (let i = 0; i < files; i++) {
    const before = i < 3 ? [] : [{ get_attr: [`f${i - 3}`, 'sha256'] }];
    resources[`f${i}`] = {
      type: 'Setpoint::Local::File',
      properties: { path: join(out, `f${i}`), content: { list_join: ['', [`x${i}`, ...before]] } },
      depends_on: 'dir',
    };
  }
  for (let i = 0; i < processes; i++)
    resources[`p${i}`] = {
      type: 'Setpoint::Local::Process',
      properties: { command: ['sleep', marker(i)] },
      depends_on: `f${i * 9}`,
    };
  return { heat_template_version: '2021-04-16', resources };
}

const marker = (i: number): string => `${86_000 + (process.pid % 900)}${i}`;

interface Run {
  readonly done: Promise<number | null>;
  kill(): void;
}

function setpoint(...args: string[]): Run {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], {
    cwd: folder,
    stdio: 'ignore',
  });
  return { done: new Promise((resolve) => child.on('exit', (code) => resolve(code))), kill: () => void child.kill('SIGKILL') };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function liveProcesses(): number {
  const wanted = new Set(Array.from({ length: processes }, (_, i) => `sleep\0${marker(i)}\0`));
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && wanted.has(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  }).length;
}

const liveFiles = (): number => (existsSync(out) ? readdirSync(out).length : 0);

writeFileSync(join(folder, 't.json'), JSON.stringify(template()));
let failed = 0;
let inTheMiddle = 0;
for (let round = 1; round <= Number(values.rounds); round++) {
  const victim = setpoint('up', 't.json');
  const after = 250 + random(900);
  await pause(after);
  victim.kill();
  const interrupted = (await victim.done) === null;
  const made = liveFiles() + liveProcesses();
  if (interrupted && made > 0 && made < files + processes) inTheMiddle++;
  const up = await setpoint('up', 't.json').done;
  const stands = `${liveFiles()} files, ${liveProcesses()} processes`;
  const sound = await setpoint('fsck').done;
  const down = await setpoint('down').done;
  const left = liveFiles() + liveProcesses();
  const good = up === 0 && down === 0 && sound === 0 && left === 0 && stands === `${files} files, ${processes} processes`;
  if (!good) failed++;
  console.log(
    `${String(round).padStart(4)}  killed after ${after} ms (${made} made)  up ${up}  ${stands}  fsck ${sound}  down ${down}  left ${left}  ${good ? 'ok' : 'FAILED'}`,
  );
}
rmSync(folder, { recursive: true, force: true });
console.log(`${values.rounds} rounds, ${inTheMiddle} killed in the middle of the work, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
