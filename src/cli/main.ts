#!/usr/bin/env node
/**
 * The executable. It silences Node's word that `node:sqlite` is experimental, before anything loads it, and hands over; everything else is
 * program.ts. A Node that is too old hands over to our own first.
 */
import * as nodeModule from 'node:module';
import { isNodeTooOld, runOnOwnNode } from './own-node.ts';

// Half of a short command's time is reading our own modules. Node before 22.8 can't keep them.
nodeModule.enableCompileCache?.();
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
});
// A reader that has seen enough (`setpoint events | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

if (isNodeTooOld()) {
  process.exitCode = await runOnOwnNode(process.argv[1] ?? '', process.argv.slice(2));
} else {
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv);
}
