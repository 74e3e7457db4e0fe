/**
 * Regular expressions of `allowed_pattern`, matched in linear time.
 *
 * Patterns come from template authors, so the platform's backtracking engine would let one hang the process. This one simulates the
 * automaton: every character moves a set of states on, and work is at most pattern × text, which is capped as well. It takes what Heat's
 * patterns (Python's `re`) are made of: classes, groups, alternatives, quantifiers, anchors, word boundaries, lookahead, inline `(?i)`. It
 * refuses what no automaton can do (back references) and lookbehind. A pattern must match the whole text.
 */
import { type Node, parsePattern } from './pattern-syntax.ts';

export interface Pattern {
  /** True when the whole text matches. Throws a RangeError when it would take too much work. */
  matches(text: string): boolean;
}

type Instruction =
  | { readonly do: 'take'; readonly accepts: (char: number) => boolean }
  | { readonly do: 'fork'; a: number; b: number }
  | { readonly do: 'check'; readonly holds: (text: readonly number[], at: number) => boolean }
  | { readonly do: 'look'; readonly program: readonly Instruction[]; readonly wanted: boolean }
  | { readonly do: 'done' };

const LARGEST_PROGRAM = 20_000;
/** About 20 ms. */
const MOST_STEPS = 2_000_000;
const cache = new Map<string, Pattern>();

/** The pattern, or why it can't be used. */
export function compilePattern(source: string): Pattern | string {
  const known = cache.get(source);
  if (known !== undefined) return known;
  try {
    const pattern = toPattern(assemble(parsePattern(source)));
    if (cache.size < 1_000) cache.set(source, pattern);
    return pattern;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function assemble(node: Node): readonly Instruction[] {
  const program: Instruction[] = [];
  emit(node, program);
  program.push({ do: 'done' });
  return program;
}

function emit(node: Node, program: Instruction[]): void {
  if (program.length > LARGEST_PROGRAM) throw new SyntaxError('the pattern is too large');
  switch (node.kind) {
    case 'char':
      program.push({ do: 'take', accepts: node.accepts });
      return;
    case 'check':
      program.push({ do: 'check', holds: node.holds });
      return;
    case 'look':
      program.push({ do: 'look', program: assemble(node.body), wanted: node.wanted });
      return;
    case 'sequence':
      for (const part of node.parts) emit(part, program);
      return;
    case 'choice':
      emitChoice(node.choices, program);
      return;
    case 'group':
      emit(node.body, program);
      return;
    case 'repeat':
      emitRepeat(node.body, node.min, node.max, program);
  }
}

function emitChoice(choices: readonly Node[], program: Instruction[]): void {
  const exits: { do: 'fork'; a: number; b: number }[] = [];
  for (const [i, choice] of choices.entries()) {
    const last = i === choices.length - 1;
    const fork = last ? undefined : emitFork(program);
    emit(choice, program);
    if (!last) exits.push(emitFork(program));
    if (fork !== undefined) fork.b = program.length;
  }
  for (const exit of exits) exit.a = exit.b = program.length;
}

function emitFork(program: Instruction[]): { do: 'fork'; a: number; b: number } {
  const fork = { do: 'fork' as const, a: program.length + 1, b: program.length + 1 };
  program.push(fork);
  return fork;
}

function emitRepeat(body: Node, min: number, max: number, program: Instruction[]): void {
  for (let i = 0; i < min; i++) emit(body, program);
  if (max === Number.POSITIVE_INFINITY) {
    emitLoop(body, program);
    return;
  }
  const forks: { b: number }[] = [];
  for (let i = min; i < max; i++) {
    forks.push(emitFork(program));
    emit(body, program);
  }
  for (const fork of forks) fork.b = program.length;
}

function emitLoop(body: Node, program: Instruction[]): void {
  const start = program.length;
  const fork = emitFork(program);
  emit(body, program);
  program.push({ do: 'fork', a: start, b: start });
  fork.b = program.length;
}

function toPattern(program: readonly Instruction[]): Pattern {
  return {
    matches(text) {
      const chars = [...text].map((char) => char.codePointAt(0) ?? 0);
      return run(program, { chars, steps: MOST_STEPS }, 0, true);
    },
  };
}

interface Run {
  readonly chars: readonly number[];
  steps: number;
}

/** The states of one run: `marks` tells in which round a state was last reached, so that nothing need be cleared between characters. */
interface States {
  readonly marks: Int32Array;
  round: number;
}

/** From `start`; `whole` asks that the end of the text be reached, otherwise any prefix will do (lookahead). */
function run(program: readonly Instruction[], on: Run, start: number, whole: boolean): boolean {
  const states: States = { marks: new Int32Array(program.length), round: 0 };
  const done = program.length - 1;
  let reached = follow(program, [0], states, on, start);
  for (let at = start; at < on.chars.length; at++) {
    if (!whole && states.marks[done] === states.round) return true;
    if (reached.length === 0) return false;
    reached = follow(program, advance(program, reached, on.chars[at]!), states, on, at + 1);
  }
  return states.marks[done] === states.round;
}

function advance(program: readonly Instruction[], reached: readonly number[], char: number): number[] {
  const next: number[] = [];
  for (const state of reached) {
    const instruction = program[state]!;
    if (instruction.do === 'take' && instruction.accepts(char)) next.push(state + 1);
  }
  return next;
}

/** The states that take a character and can be reached from `from` without taking one. */
function follow(program: readonly Instruction[], from: number[], states: States, on: Run, at: number): readonly number[] {
  const reached: number[] = [];
  const round = ++states.round;
  for (let state = from.pop(); state !== undefined; state = from.pop()) {
    if (states.marks[state] === round) continue;
    states.marks[state] = round;
    if (on.steps-- === 0) throw new RangeError('the pattern takes too much work on this text');
    const instruction = program[state]!;
    if (instruction.do === 'take') reached.push(state);
    else if (instruction.do === 'fork') from.push(instruction.a, instruction.b);
    else if (instruction.do !== 'done' && holds(instruction, on, at)) from.push(state + 1);
  }
  return reached;
}

function holds(instruction: Instruction & { readonly do: 'check' | 'look' }, on: Run, at: number): boolean {
  if (instruction.do === 'check') return instruction.holds(on.chars, at);
  return run(instruction.program, on, at, false) === instruction.wanted;
}
