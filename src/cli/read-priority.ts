/** A priority as people write it. */
import { type Priority, priorityNames } from '../engine/priorities.ts';
import { UsageError } from './usage-error.ts';

export function readPriority(text: string): Priority {
  const found = priorityNames.find((name) => name === text);
  if (found === undefined) throw new UsageError('USAGE', `${text} is no priority`, priorityNames.join(', '));
  return found;
}
