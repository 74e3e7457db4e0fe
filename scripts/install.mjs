// Installs what is missing, so that one command is enough on a fresh machine. Runs on any Node from 20 on; does nothing when all is there.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');
const node = join(root, 'node_modules', '.bin', 'node');

const complete = existsSync(installed) && existsSync(node) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs - 1000;
if (!complete || spawnSync(node, ['--version']).status !== 0) {
  console.error('Installing what Setpoint needs (its own Node.js among it), once …');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const result = spawnSync(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // What a command prints may be read by a program.
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (result.status !== 0) {
    console.error('npm ci failed; see above. Setpoint needs the npm registry once.');
    process.exit(result.status ?? 1);
  }
}
