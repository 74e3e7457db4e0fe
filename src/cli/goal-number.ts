/** A goal's number as a person types it. */
import { UsageError } from './usage-error.ts';

export function goalNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError('USAGE', `${text} is no goal number`, 'setpoint history lists them');
  return Number(text);
}
