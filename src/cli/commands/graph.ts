/** `setpoint graph`: what requires what, as a tree for people or in a format for other tools. */
import { type Command, Option } from 'commander';
import type { DependencyGraph } from '../../graph/dependency-graph.ts';
import { writeDot } from '../../graph/write-dot.ts';
import { toJsonGraph } from '../../graph/write-json.ts';
import { writeMermaid } from '../../graph/write-mermaid.ts';
import { writeTree } from '../../graph/write-tree.ts';
import type { StackView } from '../../store/reads/reads.ts';
import { exitCodes } from '../exit-codes.ts';
import { goalNumber } from '../goal-number.ts';
import { chosenStack, onDatabase } from '../session.ts';

type Format = 'tree' | 'dot' | 'mermaid' | 'json';

interface GraphOptions {
  readonly format?: Format;
  readonly goal?: string;
  readonly versions?: boolean;
}

interface LabelledGraph {
  readonly graph: DependencyGraph;
  readonly labels: ReadonlyMap<string, string>;
}

export function addGraph(program: Command): void {
  program
    .command('graph')
    .description('what requires what')
    .addOption(new Option('--format <format>', 'how to write it').choices(['tree', 'dot', 'mermaid', 'json']).default('tree'))
    .option('--goal <number>', 'of another goal than the one in force')
    .option('--versions', 'between versions, as it is recorded, those that are not wanted any more included')
    .action(
      onDatabase<GraphOptions>(async (session, options) => {
        const { setpoint, terminal } = session;
        const stack = await chosenStack(session);
        const view = (await setpoint.store.readStack(stack.id))!;
        const definitions = await setpoint.store.readDefinitions(
          stack.id,
          options.goal === undefined ? stack.goal : goalNumber(options.goal),
        );
        const byName = new Map([...definitions].map(([name, { definition }]) => [name, definition.requires]));
        const drawn = options.versions ? versionGraph(view) : nameGraph(view, byName, options.goal === undefined);
        terminal.print(write(drawn, terminal.json ? 'json' : (options.format ?? 'tree')).replace(/\n$/, ''));
        return exitCodes.done;
      }),
    );
}

function nameGraph(view: StackView, graph: DependencyGraph, current: boolean): LabelledGraph {
  const states = new Map(
    view.resources.filter((row) => row.marked === null).map((row) => [row.name, `${row.action} ${row.status}`]),
  );
  return {
    graph,
    labels: new Map([...graph.keys()].map((name) => [name, current ? `${name}  ${states.get(name) ?? ''}`.trimEnd() : name])),
  };
}

function versionGraph({ resources, recorded }: StackView): LabelledGraph {
  const requires = Map.groupBy(recorded, (record) => record.resourceId);
  const graph = new Map(
    resources.map((row) => [String(row.id), (requires.get(row.id) ?? []).map((record) => String(record.requiredId))]),
  );
  const labelOf = (row: StackView['resources'][number]) =>
    `${row.name}@${row.id}  ${row.action} ${row.status}${row.marked === null ? '' : ', not wanted'}`;
  return { graph, labels: new Map(resources.map((row) => [String(row.id), labelOf(row)])) };
}

function write({ graph, labels }: LabelledGraph, format: Format): string {
  const labelOf = (node: string) => labels.get(node) ?? node;
  switch (format) {
    case 'tree':
      return writeTree(graph, labelOf);
    case 'dot':
      return writeDot(graph, labelOf);
    case 'mermaid':
      return writeMermaid(graph, labelOf);
    case 'json': {
      const { nodes, edges } = toJsonGraph(graph);
      return `${JSON.stringify({ nodes: nodes.map(({ id }) => ({ id, label: labelOf(id) })), edges })}\n`;
    }
  }
}
