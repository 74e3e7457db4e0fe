/**
 * Running a pattern's program over a text: sets of states, one for each character, made once and remembered.
 *
 * What a set leads to depends on the character and, where the pattern has anchors or word boundaries, on what is around the place; both are
 * looked up when they have been worked out before, so that a long text costs one look-up a character. Only working out costs steps, which are
 * capped: a pattern with very many sets is given up early. With a lookahead nothing can be remembered of places.
 */
import type { Instruction } from './pattern-program.ts';

/** One text, and what may still be spent on it. */
export interface Run {
  readonly chars: readonly number[];
  steps: number;
}

export interface Automaton {
  /** From `start`; `whole` asks that the end of the text be reached, otherwise any prefix will do. Throws a RangeError at too much work. */
  run(on: Run, start: number, whole: boolean): boolean;
}

/** States that take a character, as they stand after one was taken. */
interface StateSet {
  readonly states: readonly number[];
  /** By what is around the place: the states reached without taking anything. */
  readonly closed: Map<number, Closure>;
}

interface Closure {
  /** Those that take a character. */
  readonly takers: readonly number[];
  readonly isDone: boolean;
  readonly next: Map<number, StateSet>;
}

/** Making a set costs more than reaching a state. */
const SET_STEPS = 3;
const LOOK_STEPS = 8;

/** Sets remembered by one automaton; more are forgotten all at once. */
const START: readonly number[] = [0];
const MOST_SETS = 1_000;

export function makeAutomaton(program: readonly Instruction<Automaton>[]): Automaton {
  const sets = new Map<string, StateSet>();
  const needs = { places: program.some((one) => one.do === 'check'), looks: program.some((one) => one.do === 'look') };
  const marks = { rounds: new Float64Array(program.length), round: 0 };
  const setOf = (states: readonly number[]): StateSet => {
    const key = states.join();
    const known = sets.get(key) ?? { states, closed: new Map() };
    if (sets.size >= MOST_SETS) sets.clear();
    sets.set(key, known);
    return known;
  };
  return {
    run(on, start, whole) {
      let set = setOf(START);
      for (let at = start; ; at++) {
        const closure = close(set, on, at);
        if (at === on.chars.length) return closure.isDone;
        if (!whole && closure.isDone) return true;
        if (closure.takers.length === 0) return false;
        if (!whole) spend(on, 1);
        set = closure.next.get(on.chars[at]!) ?? advance(closure, on, on.chars[at]!);
      }
    },
  };

  function close(set: StateSet, on: Run, at: number): Closure {
    if (needs.looks) return follow(set.states, on, at);
    const place = needs.places ? around(on.chars, at) : 0;
    const known = set.closed.get(place) ?? follow(set.states, on, at);
    set.closed.set(place, known);
    return known;
  }

  function advance(closure: Closure, on: Run, char: number): StateSet {
    const states: number[] = [];
    for (const state of closure.takers) {
      const instruction = program[state]!;
      if (instruction.do === 'take' && instruction.accepts(char)) states.push(state + 1);
    }
    spend(on, closure.takers.length + SET_STEPS * states.length);
    const next = setOf(states);
    closure.next.set(char, next);
    return next;
  }

  /** Each state once, by the round in which it was last reached. */
  function follow(from: readonly number[], on: Run, at: number): Closure {
    const takers: number[] = [];
    const waiting = [...from];
    const round = ++marks.round;
    let isDone = false;
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      if (marks.rounds[state] === round) continue;
      marks.rounds[state] = round;
      spend(on, 1);
      const instruction = program[state]!;
      if (instruction.do === 'take') takers.push(state);
      else if (instruction.do === 'done') isDone = true;
      else if (instruction.do === 'fork') waiting.push(instruction.first, instruction.second);
      else if (instruction.do === 'save' || holds(instruction, on, at)) waiting.push(state + 1);
    }
    return { takers: takers.sort((a, b) => a - b), isDone, next: new Map() };
  }
}

function spend(on: Run, steps: number): void {
  on.steps -= steps;
  if (on.steps < 0) throw new RangeError('the pattern takes too much work on this text');
}

function holds(instruction: Instruction<Automaton> & { readonly do: 'check' | 'look' }, on: Run, at: number): boolean {
  if (instruction.do === 'check') return instruction.holds(on.chars, at);
  spend(on, LOOK_STEPS);
  return instruction.ahead.run(on, at, false) === instruction.wanted;
}

const NEWLINE = 0x0a;

/** All that anchors and word boundaries ask of a place, as a number. */
function around(chars: readonly number[], at: number): number {
  const [before, after] = [chars[at - 1], chars[at]];
  return (
    (before === undefined ? 1 : before === NEWLINE ? 2 : isWord(before) ? 3 : 0) +
    4 * (after === undefined ? 1 : after !== NEWLINE ? (isWord(after) ? 3 : 0) : at === chars.length - 1 ? 2 : 4)
  );
}

function isWord(char: number): boolean {
  if (char < 128) return (char >= 0x30 && char <= 0x39) || char === 0x5f || ((char | 0x20) >= 0x61 && (char | 0x20) <= 0x7a);
  return /[\p{L}\p{N}]/u.test(String.fromCodePoint(char));
}
