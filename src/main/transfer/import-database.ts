/**
 * Imports an exported database into an empty one, in one transaction: all of it or nothing.
 *
 * The file is read twice: once to hold it against its checksum before anything of it is believed, once to write it. What was exported may be
 * older than the world, so every object is read before anything is decided by its row.
 */
import { keyedSha256 } from '../../std/digest.ts';
import { schemaVersion } from '../../store/transfer/copy-rows.ts';
import { createVault, type Vault } from '../../store/vault.ts';
import { loadKeys } from '../keys.ts';
import type { Setpoint } from '../setpoint.ts';
import { checkedText, keyCheckPlace } from './export-database.ts';
import { BadExport, type ExportHeader, readExport, verifyExport } from './export-file.ts';

export interface Imported {
  readonly rows: number;
  /** Resources that are to be read. */
  readonly resources: number;
  readonly from: string;
  readonly exportedAt: string;
}

/** Throws unless it can be imported into a database with that key file; null: there is none. Nothing is made. */
export function checkExport(path: string, keyFile: string | null): void {
  const header = verifyExport(path);
  checkSchema(header);
  if (keyFile === null) throw new BadExport('its secrets are sealed: give it the key file of the exported database (--keys)');
  checkKeys(header, createVault(loadKeys(keyFile), noNonce), `those in ${keyFile}`);
}

const noNonce = (): never => {
  throw new Error('nothing is sealed here');
};

export async function importDatabase(
  setpoint: Pick<Setpoint, 'store' | 'times'>,
  path: string,
  incarnation: string,
): Promise<Imported> {
  const header = verifyExport(path);
  checkSchema(header);
  checkKeys(header, setpoint.store.vault, 'this database has');
  const resources = await setpoint.store.writeCopy(setpoint.times(), incarnation, () => readExport(path));
  return { rows: header.rows, resources, from: header.incarnation, exportedAt: header.exportedAt };
}

function checkSchema({ schema }: ExportHeader): void {
  if (schema === schemaVersion) return;
  const which = schema < schemaVersion ? 'older' : 'newer';
  throw new BadExport(
    `its schema version is ${schema}, this Setpoint has ${schemaVersion}: it comes from an ${which} Setpoint; export and import with the same one`,
  );
}

function checkKeys({ keyCheck, digestCheck }: ExportHeader, vault: Vault, which: string): void {
  const wrong = `its secrets are sealed with other keys than ${which}: it needs the key file of the exported database, and a database that has no other`;
  if (keyedSha256(checkedText, vault.digestKey) !== digestCheck) throw new BadExport(wrong);
  try {
    vault.open(keyCheck, keyCheckPlace);
  } catch {
    throw new BadExport(wrong);
  }
}
