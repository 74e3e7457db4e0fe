/** Events as lines of JSON in files that the operator has named: a target is a name, never a path. */
import { appendFile } from 'node:fs/promises';
import type { EventSinkType } from './event-sink.ts';

/** `files`: paths by their names. */
export function createLogSink(files: { readonly [name: string]: string }): EventSinkType {
  const pathOf = (target: string): string | null => (Object.hasOwn(files, target) ? files[target]! : null);
  return {
    type: 'log',
    refuse: (target) => (pathOf(target) === null ? 'there is no log of that name' : null),
    async send(target, event) {
      // One write for a line, so that lines of several processes do not mix.
      await appendFile(pathOf(target)!, `${JSON.stringify(event)}\n`, { mode: 0o640 });
    },
  };
}
