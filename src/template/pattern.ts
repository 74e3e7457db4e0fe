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
const MOST_STEPS = 20_000_000;
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

/** From `start`; `whole` asks that the end of the text be reached, otherwise any prefix will do (lookahead). */
function run(program: readonly Instruction[], on: Run, start: number, whole: boolean): boolean {
  let states = follow(program, [0], on, start);
  for (let at = start; at < on.chars.length && states.length > 0; at++) {
    if (!whole && states.includes(program.length - 1)) return true;
    states = follow(program, advance(program, states, on.chars[at]!), on, at + 1);
  }
  return states.includes(program.length - 1);
}

function advance(program: readonly Instruction[], states: readonly number[], char: number): number[] {
  const next: number[] = [];
  for (const state of states) {
    const instruction = program[state];
    if (instruction?.do === 'take' && instruction.accepts(char)) next.push(state + 1);
  }
  return next;
}

/** Every state that can be reached without taking a character. */
function follow(program: readonly Instruction[], from: readonly number[], on: Run, at: number): readonly number[] {
  const seen = new Set<number>();
  const waiting = [...from];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    if (on.steps-- === 0) throw new RangeError('the pattern takes too much work on this text');
    waiting.push(...freeSteps(program[state], state, on, at));
  }
  return [...seen];
}

function freeSteps(instruction: Instruction | undefined, state: number, on: Run, at: number): readonly number[] {
  switch (instruction?.do) {
    case 'fork':
      return [instruction.a, instruction.b];
    case 'check':
      return instruction.holds(on.chars, at) ? [state + 1] : [];
    case 'look':
      return run(instruction.program, on, at, false) === instruction.wanted ? [state + 1] : [];
    default:
      return [];
  }
}
