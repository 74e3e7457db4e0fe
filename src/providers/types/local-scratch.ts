/** A directory of its own for a test, with a ledger inside, removed after it. For tests only. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export interface Scratch {
  readonly path: (name: string) => string;
  readonly settings: { readonly state_directory: string };
  /** Everything in the working part and in the ledger: what a conforming type leaves as it was. */
  readonly inventory: () => string[];
}

export function openScratch(): Scratch {
  const root = mkdtempSync(join(tmpdir(), 'setpoint-providers-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const state = join(root, 'state');
  return {
    path: (name) => join(root, name),
    settings: { state_directory: state },
    inventory: () =>
      (readdirSync(root, { recursive: true }) as string[]).filter((name) => !/^state(\/(objects|logs))?$/.test(name)),
  };
}
