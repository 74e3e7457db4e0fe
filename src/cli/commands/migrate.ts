/** `setpoint migrate`: brings a database to the schema of this Setpoint. */
import type { Command } from 'commander';
import { databasePath } from '../../main/database-path.ts';
import { exitCodes } from '../exit-codes.ts';
import { atTerminal } from '../session.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database to this version’s schema; several may race to do it')
    .action(
      atTerminal(async (terminal, options) => {
        const { migrateDatabase } = await import('../../main/open-database.ts');
        const { from, to } = await migrateDatabase(options.database);
        const path = databasePath(options.database);
        if (terminal.json) terminal.printJson({ database: path, from, to });
        else if (from === to) terminal.print(`${path} has schema version ${to} already`);
        else terminal.print(`${path}: schema version ${from} → ${to}`);
        return exitCodes.done;
      }),
    );
}
