/**
 * Regular expressions that people write, matched in linear time: those of `allowed_pattern`, which must match a whole text, and others that look
 * for a part of one.
 *
 * Patterns come from template authors, so the platform's backtracking engine would let one hang the process. This one simulates the
 * automaton (pattern-automaton.ts): every character moves a set of states on. It takes what Heat's
 * patterns (Python's `re`) are made of: classes, groups, alternatives, quantifiers, anchors, word boundaries, lookahead, inline `(?i)`. It
 * refuses what no automaton can do (back references) and lookbehind.
 */
import { type Automaton, type Instruction, makeAutomaton } from './pattern-automaton.ts';
import { type Node, parsePattern } from './pattern-syntax.ts';

export interface Pattern {
  /** True when the text matches. Throws a RangeError when it would take too much work. */
  matches(text: string): boolean;
}

const LARGEST_PROGRAM = 20_000;
/** A few milliseconds; what an evil pattern may cost on 50,000 characters is to stay below 20 on a busy machine. */
const MOST_STEPS = 100_000;
/** Where nothing can be remembered, a long text may cost more. */
const STEPS_A_CHARACTER = 2;
const cache = new Map<string, Pattern>();

/** The pattern, or why it can't be used. */
export function compilePattern(source: string): Pattern | string {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const pattern = compile(() => parsePattern(source), true);
  if (typeof pattern !== 'string' && cache.size < 1_000) cache.set(source, pattern);
  return pattern;
}

/** One that some part of a text must match; `$` is before a last newline, too. */
export function compileFinder(source: string): Pattern | string {
  return compile(() => ({ kind: 'sequence', parts: [anything, parsePattern(source, { lines: 'search' })] }), false);
}

const anything: Node = {
  kind: 'repeat',
  body: { kind: 'char', accepts: () => true },
  min: 0,
  max: Number.POSITIVE_INFINITY,
  lazy: true,
};

function compile(parse: () => Node, whole: boolean): Pattern | string {
  try {
    return toPattern(makeAutomaton(assemble(parse())), whole);
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
      program.push({ do: 'look', automaton: makeAutomaton(assemble(node.body)), wanted: node.wanted });
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

function toPattern(automaton: Automaton, whole: boolean): Pattern {
  return {
    matches(text) {
      const chars = codePoints(text);
      return automaton.run({ chars, steps: MOST_STEPS + STEPS_A_CHARACTER * chars.length }, 0, whole);
    },
  };
}

function codePoints(text: string): readonly number[] {
  const chars: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text.codePointAt(i)!;
    chars.push(char);
    if (char > 0xffff) i++;
  }
  return chars;
}
