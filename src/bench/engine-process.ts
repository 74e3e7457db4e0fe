/**
 * One engine in a process of its own: `node src/bench/engine-process.ts DATABASE CONCURRENCY`, forked by `many-engines.ts`. Says when it runs, and
 * how much processor time it took when it is told to stop.
 */
import { openSetpoint } from '../main/setpoint.ts';
import { slow } from './slow-type.ts';

const [database, concurrency] = process.argv.slice(2);
const setpoint = await openSetpoint({
  database: database!,
  allowLocal: false,
  types: [slow],
  engine: { concurrency: Number(concurrency) },
});
setpoint.startEngine();
process.send!({ kind: 'runs' });
process.on('message', async (message) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send!({ kind: 'usage', ms: (user + system) / 1000 });
    return;
  }
  await setpoint.close();
  process.disconnect();
});
