/**
 * The command may be started by a Node that is too old to have `node:sqlite`. If the package `node` is installed beside us, its binary
 * takes over, with the same arguments, files and signals; if not, the command says what it needs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

const needed = [22, 13] as const;

export function isNodeTooOld(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < needed[0] || (major === needed[0] && minor < needed[1]);
}

/** Runs the program again on our own Node; its exit code. */
export async function runOnOwnNode(program: string, args: readonly string[]): Promise<number> {
  const binary = findOwnNode();
  if (binary === null) {
    process.stderr.write(
      `setpoint needs Node ${needed.join('.')} or newer, not ${process.versions.node}: npm install node@24 beside it will do\n`,
    );
    return 2;
  }
  const child = spawn(binary, [program, ...args], { stdio: 'inherit' });
  // Ctrl-C reaches the whole group, the child included; what is sent to us alone is passed on.
  process.on('SIGINT', () => {});
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function findOwnNode(): string | null {
  try {
    const binary = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node');
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}
