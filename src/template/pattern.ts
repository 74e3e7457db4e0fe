/**
 * Regular expressions that people write, matched in linear time: those of `allowed_pattern`, which must match a whole text, and others that look
 * for a part of one.
 *
 * Patterns come from template authors, so the platform's backtracking engine would let one hang the process. This one simulates the
 * automaton (pattern-automaton.ts): every character moves a set of states on. It takes what Heat's
 * patterns (Python's `re`) are made of: classes, groups, alternatives, quantifiers, anchors, word boundaries, lookahead, inline `(?i)`. It
 * refuses what no automaton can do (back references) and lookbehind.
 */
import { createBoundedCache } from '../std/bounded-cache.ts';
import { type Automaton, makeAutomaton } from './pattern-automaton.ts';
import { assemble } from './pattern-program.ts';
import { type Node, parsePattern } from './pattern-syntax.ts';
import { trySpend } from './work.ts';

export interface Pattern {
  /** True when the text matches. Throws a RangeError when it would take too much work. */
  matches(text: string): boolean;
}

interface Compiled extends Pattern {
  /** Instructions, of lookaheads too. */
  readonly size: number;
}

/** A few milliseconds; what an evil pattern may cost on 50,000 characters is to stay below 20 on a busy machine. */
const MOST_STEPS = 100_000;
/** Where nothing can be remembered, a long text may cost more. */
const STEPS_A_CHARACTER = 2;
/** Instructions, and what is remembered of texts: each is of some 50 bytes. */
const cache = createBoundedCache<Compiled>(400_000);

/** The pattern, or why it can't be used. */
export function compilePattern(source: string): Pattern | string {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const pattern = compile(() => parsePattern(source), { whole: true, remembered: cache.grow });
  if (typeof pattern !== 'string') cache.set(source, pattern, pattern.size);
  return pattern;
}

/** One that some part of a text must match; `$` is before a last newline, too. */
export function compileFinder(source: string): Pattern | string {
  return compile(() => ({ kind: 'sequence', parts: [anything, parsePattern(source, { lines: 'search' })] }), {
    whole: false,
    remembered: () => {},
  });
}

const anything: Node = {
  kind: 'repeat',
  body: { kind: 'char', accepts: () => true },
  min: 0,
  max: Number.POSITIVE_INFINITY,
  lazy: true,
};

function compile(
  parse: () => Node,
  { whole, remembered }: { readonly whole: boolean; readonly remembered: (steps: number) => void },
): Compiled | string {
  try {
    const { instructions, size } = assemble(parse(), { lookAhead: makeAutomaton, saves: false });
    return { size, matches: matcher(makeAutomaton(instructions), whole, remembered) };
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** Whatever an automaton remembers has cost it steps. */
function matcher(automaton: Automaton, whole: boolean, remembered: (steps: number) => void): Pattern['matches'] {
  return (text) => {
    const chars = codePoints(text);
    const steps = MOST_STEPS + STEPS_A_CHARACTER * chars.length;
    const run = { chars, steps };
    if (!trySpend(chars.length)) throw new RangeError('patterns take too much work');
    try {
      return automaton.run(run, 0, whole);
    } finally {
      remembered(steps - run.steps);
      trySpend(steps - run.steps);
    }
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
