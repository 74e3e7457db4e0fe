/**
 * Where the command line writes: results and progress on standard output, errors on standard error, with colour and cursor only where a
 * person looks at it.
 */
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Terminal {
  /** Results as JSON, one value a line. */
  readonly json: boolean;
  /** For standard output. */
  readonly colors: Colors;
  /** A person watches: progress may be redrawn in place. */
  readonly isLive: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** One line, or several, on standard output. */
  print(text: string): void;
  printJson(value: unknown): void;
  /** On standard error. */
  warn(text: string): void;
  /** Raw, for the cursor. */
  write(text: string): void;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly color: boolean;
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, env } = process;
  const isLive = stdout.isTTY === true && env['TERM'] !== 'dumb' && !options.json;
  const colored = options.color && (env['FORCE_COLOR'] ? true : isLive && !env['NO_COLOR']);
  return {
    json: options.json,
    colors: pc.createColors(colored),
    isLive,
    size: () => ({ columns: stdout.columns || 100, rows: stdout.rows || 24 }),
    print: (text) => void stdout.write(`${text}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    warn: (text) => void stderr.write(`${text}\n`),
    write: (text) => void stdout.write(text),
  };
}
