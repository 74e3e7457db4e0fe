/** Writes docs/states.md from the transition tables; `--check` only compares, for the tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { transitionTables } from '../src/engine/states.ts';

const intros: { readonly [kind: string]: string } = {
  stack:
    'A stack has an action and a status; only the status is held here, since no request is ever refused for the state a stack is in.',
  traversal: 'One walk towards one goal. `superseded` means that a newer request was accepted.',
  resource: 'One version of a resource, as ACTION_STATUS. `gone` is the removal of its row.',
  node: 'One piece of a traversal’s work. `working` means that an operation is under way; `dropped` that the node’s row went.',
  operation: 'One provider call under way. It outlives its traversal.',
};

export function statesDocument(): string {
  const parts = Object.entries(transitionTables).map(([kind, table]) => {
    const lines = Object.entries(table).flatMap(([from, tos]) => tos.map((to) => `  ${label(from)} --> ${label(to)}`));
    return `## ${kind}\n\n${intros[kind]}\n\n\`\`\`mermaid\nstateDiagram-v2\n${lines.join('\n')}\n\`\`\`\n`;
  });
  return `# States\n\nWritten by \`npm run diagrams\` from src/engine/states.ts; do not edit. Every write is held against these tables.\n\n${parts.join('\n')}`;
}

const label = (state: string): string => (state === '' ? '[*]' : state);

export function statesAreCurrent(): boolean {
  return readFileSync(new URL('../docs/states.md', import.meta.url), 'utf8') === statesDocument();
}

if (import.meta.main) writeFileSync(new URL('../docs/states.md', import.meta.url), statesDocument());
