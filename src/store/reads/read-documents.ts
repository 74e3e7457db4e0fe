/** The documents of a goal, byte for byte as they were accepted. Those of a whole tree are kept with its root. */
import type { StackId } from '../../engine/ports/store.ts';
import type { GoalDocuments } from '../../template/definition.ts';
import type { DocumentManifest } from '../acts/store-goal.ts';
import { type Act, query, queryOne } from '../sql.ts';
import type { Vault } from '../vault.ts';

export function* readDocuments(vault: Vault, stackId: StackId, goal: number): Act<GoalDocuments | null> {
  const row = yield* queryOne<{ documents: string }>(
    'select documents from goal where stack_id = ? and number = ?',
    stackId,
    goal,
  );
  if (row === undefined) return null;
  const manifest = vault.open(row.documents, `goal/${stackId}/documents`) as DocumentManifest | null;
  if (manifest === null) return null;
  const blobs = yield* query<{ sha: string; body: string }>(
    'select sha, body from blob where stack_id = (select root_id from stack where id = ?)',
    stackId,
  );
  const bodies = new Map(blobs.map((blob) => [blob.sha, blob.body]));
  const textOf = (sha: string): string => vault.open(bodies.get(sha) ?? 'null', `blob/${sha}`) as string;
  return {
    template: { name: manifest.template.name, text: textOf(manifest.template.sha) },
    files: Object.fromEntries(Object.entries(manifest.files).map(([name, sha]) => [name, textOf(sha)])),
    environments: manifest.environments.map(({ sha, ...file }) => ({ ...file, text: textOf(sha) })),
    parameters: manifest.parameters,
    ...(manifest.nested ? { nested: manifest.nested } : {}),
  };
}
