/**
 * The program of a pattern: instructions that take a character, go on in two places, ask what is around or ahead.
 *
 * What is repeated is written out as often, so that a short pattern may become a large program: all of it counts, with the programs of what is
 * ahead and with parts that come to no instruction at all, and what is too large is refused before it is made.
 */
import type { Node } from './pattern-syntax.ts';
import { trySpend } from './work.ts';

/** `Ahead` is what the one who runs it makes of the program of a lookahead. */
export type Instruction<Ahead> =
  | { readonly do: 'take'; readonly accepts: (char: number) => boolean }
  | { readonly do: 'fork'; readonly first: number; readonly second: number }
  | { readonly do: 'save'; readonly slot: number }
  | { readonly do: 'check'; readonly holds: (text: readonly number[], at: number) => boolean }
  | { readonly do: 'look'; readonly ahead: Ahead; readonly wanted: boolean }
  | { readonly do: 'done' };

export interface Assembled<Ahead> {
  readonly instructions: readonly Instruction<Ahead>[];
  /** Instructions of this program and of all that are ahead. */
  readonly size: number;
  /** The highest number of a group; 0 where there is none. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

interface Options<Ahead> {
  readonly lookAhead: (instructions: readonly Instruction<Ahead>[]) => Ahead;
  /** Whether it is of interest where groups begin and end. */
  readonly saves: boolean;
}

const LARGEST = 20_000;
/** Nodes gone through, those that come to nothing included. */
const MOST_VISITS = 5 * LARGEST;

/** A fork whose ends are not known yet. */
interface OpenFork {
  readonly do: 'fork';
  first: number;
  second: number;
}

/** What the programs of one pattern share. */
interface Sum {
  size: number;
  visits: number;
  groups: number;
  readonly names: Map<string, number>;
}

/** Throws a SyntaxError when it is too large. */
export function assemble<Ahead>(node: Node, options: Options<Ahead>): Assembled<Ahead> {
  const sum: Sum = { size: 0, visits: 0, groups: 0, names: new Map() };
  const instructions = programOf(node, options, sum);
  if (!trySpend(sum.visits)) throw new SyntaxError('the patterns take too much work');
  return { instructions, size: sum.size, groups: sum.groups, names: sum.names };
}

function programOf<Ahead>(whole: Node, { lookAhead, saves }: Options<Ahead>, sum: Sum): readonly Instruction<Ahead>[] {
  const program: Instruction<Ahead>[] = [];
  emit(whole);
  put({ do: 'done' });
  return program;

  function put(instruction: Instruction<Ahead>): void {
    if (++sum.size > LARGEST) throw tooLarge();
    program.push(instruction);
  }

  function putFork(): OpenFork {
    const fork: OpenFork = { do: 'fork', first: program.length + 1, second: program.length + 1 };
    put(fork);
    return fork;
  }

  function emit(node: Node): void {
    if (++sum.visits > MOST_VISITS) throw tooLarge();
    switch (node.kind) {
      case 'char':
        put({ do: 'take', accepts: node.accepts });
        return;
      case 'check':
        put({ do: 'check', holds: node.holds });
        return;
      case 'look':
        put({ do: 'look', ahead: lookAhead(programOf(node.body, { lookAhead, saves }, sum)), wanted: node.wanted });
        return;
      case 'sequence':
        for (const part of node.parts) emit(part);
        return;
      case 'choice':
        emitChoice(node.choices);
        return;
      case 'group':
        emitGroup(node);
        return;
      case 'repeat':
        emitRepeat(node);
    }
  }

  function emitGroup({ index, name, body }: Node & { readonly kind: 'group' }): void {
    sum.groups = Math.max(sum.groups, index);
    if (name !== undefined) sum.names.set(name, index);
    if (saves) put({ do: 'save', slot: index * 2 });
    emit(body);
    if (saves) put({ do: 'save', slot: index * 2 + 1 });
  }

  function emitChoice(choices: readonly Node[]): void {
    const exits: OpenFork[] = [];
    for (const choice of choices.slice(0, -1)) {
      const fork = putFork();
      emit(choice);
      exits.push(putFork());
      fork.second = program.length;
    }
    emit(choices.at(-1)!);
    for (const exit of exits) exit.first = exit.second = program.length;
  }

  function emitRepeat({ body, min, max, lazy }: Node & { readonly kind: 'repeat' }): void {
    for (let i = 0; i < min; i++) emit(body);
    if (max === Number.POSITIVE_INFINITY) {
      const start = program.length;
      const fork = putFork();
      emit(body);
      put({ do: 'fork', first: start, second: start });
      leaveBy(fork, program.length, lazy);
      return;
    }
    const forks: OpenFork[] = [];
    for (let i = min; i < max; i++) {
      forks.push(putFork());
      emit(body);
    }
    for (const fork of forks) leaveBy(fork, program.length, lazy);
  }
}

/** A lazy quantifier tries to leave first. */
function leaveBy(fork: OpenFork, exit: number, lazy: boolean): void {
  fork[lazy ? 'first' : 'second'] = exit;
}

function tooLarge(): SyntaxError {
  return new SyntaxError('the pattern is too large');
}
