/**
 * Searching a text for a regular expression, with groups, in linear time.
 *
 * The same syntax as pattern.ts and for the same reason no backtracking: threads run through the automaton side by side, in the order in
 * which a backtracking engine would try them, so that the match and its groups are those that Python finds. (Where what is repeated may be
 * empty, as in `(a*)*`, the last, empty turn is not told.) Work is paid from a budget that the caller gives, since one expression may search many times.
 */
import { type Assembled, assemble, type Instruction } from './pattern-program.ts';
import { type PatternOptions, parsePattern } from './pattern-syntax.ts';

export interface SearchPattern {
  readonly groupCount: number;
  /** Instructions, of lookaheads too. */
  readonly size: number;
  /** Names of groups and their numbers. */
  readonly names: ReadonlyMap<string, number>;
  /** The first match at or after `from`; undefined when there is none. Throws a RangeError when the budget is used up. */
  find(text: readonly number[], from: number, budget: SearchBudget): Match | undefined;
}

export interface SearchBudget {
  steps: number;
}

/** Start and end of the match (0) and of each group; -1 for those that took no part. */
export type Match = Int32Array;

/** Marks are kept with the program, which never runs within itself: a lookahead begins at each place, and is to cost no more than what it does there. */
interface Program {
  readonly instructions: readonly Instruction<Program>[];
  /** The round in which each instruction was last reached; more rounds than 32 bits count. */
  readonly marks: Float64Array;
  round: number;
}

const MOST_GROUPS = 50;
/** So many slots are copied for a step, as a power of two. */
const SLOTS_A_STEP = 4;

/** The pattern, or why it can't be used. */
export function compileSearch(source: string, options: PatternOptions = {}): SearchPattern | string {
  try {
    return toSearch(assemble(parsePattern(source, { lines: 'search', ...options }), { lookAhead: toProgram, saves: true }));
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function toSearch({ instructions, size, groups, names }: Assembled<Program>): SearchPattern {
  if (groups > MOST_GROUPS) throw new SyntaxError(`more than ${MOST_GROUPS} groups`);
  const program = toProgram(instructions);
  return { groupCount: groups, size, names, find: (text, from, budget) => search(program, { text, budget }, from, groups) };
}

function toProgram(instructions: Program['instructions']): Program {
  return { instructions, marks: new Float64Array(instructions.length), round: 0 };
}

interface Thread {
  readonly state: number;
  readonly slots: Int32Array;
}

interface On {
  readonly text: readonly number[];
  readonly budget: SearchBudget;
}

/** A new thread begins at each place until one has matched. */
function search(program: Program, on: On, from: number, groups: number): Match | undefined {
  return run(program, on, from, (at) => startThread(at, groups));
}

/** The groups as they are when the program has matched here. */
function lookAhead(program: Program, on: On, from: number, slots: Int32Array): Match | undefined {
  return run(program, on, from, (at) => (at === from ? { state: 0, slots } : undefined));
}

/** Threads are kept in the order of preference: a match ends those after it. */
function run(program: Program, on: On, from: number, begin: (at: number) => Thread | undefined): Match | undefined {
  let threads: readonly Thread[] = [];
  let match: Match | undefined;
  for (let at = from; at <= on.text.length; at++) {
    const begun = match === undefined ? begin(at) : undefined;
    const reached = followAll(program, on, begun === undefined ? threads : [...threads, begun], at);
    if (reached.length === 0 && begun === undefined) return match;
    const step = advance(program, on.text, reached, at);
    match = step.match ?? match;
    threads = step.threads;
  }
  return match;
}

function startThread(at: number, groups: number): Thread {
  const slots = new Int32Array(groups * 2 + 2).fill(-1);
  slots[0] = at;
  return { state: 0, slots };
}

/** The threads that wait for a character or are done, in order. */
function followAll(program: Program, on: On, threads: readonly Thread[], at: number): readonly Thread[] {
  program.round++;
  const reached: Thread[] = [];
  for (const thread of threads) follow(program, on, thread, at, reached);
  return reached;
}

function follow(program: Program, on: On, start: Thread, at: number, reached: Thread[]): void {
  const open = [start];
  for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
    const { state, slots } = thread;
    if (program.marks[state] === program.round) continue;
    program.marks[state] = program.round;
    if (on.budget.steps-- <= 0) throw new RangeError('the pattern takes too much work on this text');
    const instruction = program.instructions[state]!;
    if (instruction.do === 'take' || instruction.do === 'done') reached.push(thread);
    else if (instruction.do === 'fork') open.push({ state: instruction.second, slots }, { state: instruction.first, slots });
    else {
      const after = pass(instruction, on, at, slots);
      if (after !== undefined) open.push({ state: state + 1, slots: after });
    }
  }
}

/** The groups after an instruction that takes no character; undefined where it does not let pass. */
function pass(
  instruction: Instruction<Program> & { readonly do: 'save' | 'check' | 'look' },
  on: On,
  at: number,
  slots: Int32Array,
): Int32Array | undefined {
  if (instruction.do === 'save') {
    on.budget.steps -= slots.length >> SLOTS_A_STEP;
    return saved(slots, instruction.slot, at);
  }
  if (instruction.do === 'check') return instruction.holds(on.text, at) ? slots : undefined;
  const ahead = lookAhead(instruction.ahead, on, at, slots);
  if (instruction.wanted) return ahead;
  return ahead === undefined ? slots : undefined;
}

function saved(slots: Int32Array, slot: number, at: number): Int32Array {
  const copy = slots.slice();
  copy[slot] = at;
  return copy;
}

function advance(
  { instructions }: Program,
  text: readonly number[],
  reached: readonly Thread[],
  at: number,
): { readonly threads: readonly Thread[]; readonly match: Match | undefined } {
  const threads: Thread[] = [];
  for (const { state, slots } of reached) {
    const instruction = instructions[state]!;
    if (instruction.do === 'done') return { threads, match: saved(slots, 1, at) };
    if (instruction.do === 'take' && at < text.length && instruction.accepts(text[at]!))
      threads.push({ state: state + 1, slots });
  }
  return { threads, match: undefined };
}
