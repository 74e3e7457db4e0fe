/** Which stacks are served first. Pure. */
export const priorityNames = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorityNames)[number];

/** As they are stored. */
export const priorityNumbers: { readonly [name in Priority]: number } = { high: 1, normal: 0, low: -1 };

export function priorityOf(number: number): Priority {
  return number > 0 ? 'high' : number < 0 ? 'low' : 'normal';
}

/**
 * Who comes first in an engine's nth turn that got work. Of eight, one begins with what is normal and one with what is low: however much is
 * ready above them, they go on, slowly. What the first ones leave the next ones get in the same turn.
 */
export function orderOf(turn: number): readonly Priority[] {
  if (turn % 8 === 3) return ['normal', 'high', 'low'];
  return turn % 8 === 7 ? ['low', 'high', 'normal'] : priorityNames;
}
