/** Ctrl-C: the first one asks to leave cleanly, the second one leaves at once. */
import { constants } from 'node:os';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** 128 + the signal's number once one came; null before. */
  exitCode(): number | null;
  stop(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let received: (typeof signals)[number] | null = null;
  const codeOf = (name: (typeof signals)[number]) => 128 + constants.signals[name];
  const listener = (name: NodeJS.Signals) => {
    if (received !== null) process.exit(codeOf(received));
    received = name as (typeof signals)[number];
    controller.abort();
  };
  for (const name of signals) process.on(name, listener);
  return {
    signal: controller.signal,
    exitCode: () => (received === null ? null : codeOf(received)),
    stop: () => {
      for (const name of signals) process.off(name, listener);
    },
  };
}
