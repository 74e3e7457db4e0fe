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

function programOf<Ahead>(node: Node, options: Options<Ahead>, sum: Sum): readonly Instruction<Ahead>[] {
  const assembly = new Assembly(options, sum);
  assembly.emit(node);
  assembly.put({ do: 'done' });
  return assembly.program;
}

/** One program while it is written. */
class Assembly<Ahead> {
  readonly program: Instruction<Ahead>[] = [];
  readonly #options: Options<Ahead>;
  readonly #sum: Sum;

  constructor(options: Options<Ahead>, sum: Sum) {
    this.#options = options;
    this.#sum = sum;
  }

  put(instruction: Instruction<Ahead>): void {
    if (++this.#sum.size > LARGEST) throw tooLarge();
    this.program.push(instruction);
  }

  emit(node: Node): void {
    if (++this.#sum.visits > MOST_VISITS) throw tooLarge();
    switch (node.kind) {
      case 'char':
        this.put({ do: 'take', accepts: node.accepts });
        return;
      case 'check':
        this.put({ do: 'check', holds: node.holds });
        return;
      case 'look':
        this.put({ do: 'look', ahead: this.#ahead(node.body), wanted: node.wanted });
        return;
      case 'sequence':
        for (const part of node.parts) this.emit(part);
        return;
      case 'choice':
        this.#choice(node.choices);
        return;
      case 'group':
        this.#group(node);
        return;
      case 'repeat':
        this.#repeat(node);
    }
  }

  #ahead(body: Node): Ahead {
    return this.#options.lookAhead(programOf(body, this.#options, this.#sum));
  }

  #fork(): OpenFork {
    const next = this.program.length + 1;
    const fork: OpenFork = { do: 'fork', first: next, second: next };
    this.put(fork);
    return fork;
  }

  #group({ index, name, body }: Node & { readonly kind: 'group' }): void {
    const { saves } = this.#options;
    this.#sum.groups = Math.max(this.#sum.groups, index);
    if (name !== undefined) this.#sum.names.set(name, index);
    if (saves) this.put({ do: 'save', slot: index * 2 });
    this.emit(body);
    if (saves) this.put({ do: 'save', slot: index * 2 + 1 });
  }

  #choice(choices: readonly Node[]): void {
    const exits: OpenFork[] = [];
    for (const choice of choices.slice(0, -1)) {
      const fork = this.#fork();
      this.emit(choice);
      exits.push(this.#fork());
      fork.second = this.program.length;
    }
    this.emit(choices.at(-1)!);
    for (const exit of exits) exit.first = exit.second = this.program.length;
  }

  #repeat({ body, min, max, lazy }: Node & { readonly kind: 'repeat' }): void {
    for (let i = 0; i < min; i++) this.emit(body);
    if (max === Number.POSITIVE_INFINITY) {
      const start = this.program.length;
      const fork = this.#fork();
      this.emit(body);
      this.put({ do: 'fork', first: start, second: start });
      leaveBy(fork, this.program.length, lazy);
      return;
    }
    const forks: OpenFork[] = [];
    for (let i = min; i < max; i++) {
      forks.push(this.#fork());
      this.emit(body);
    }
    for (const fork of forks) leaveBy(fork, this.program.length, lazy);
  }
}

/** A lazy quantifier tries to leave first. */
function leaveBy(fork: OpenFork, exit: number, lazy: boolean): void {
  fork[lazy ? 'first' : 'second'] = exit;
}

function tooLarge(): SyntaxError {
  return new SyntaxError('the pattern is too large');
}
