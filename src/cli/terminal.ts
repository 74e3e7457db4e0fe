/**
 * Where the command line writes: results and progress on standard output, errors on standard error, with colour and cursor only where a
 * person looks at it.
 */
import pc from 'picocolors';
import { printable } from './printable.ts';

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
  /** Over as many lines drawn before, each line anew and the rest cleared. */
  redraw(lines: readonly string[], over: number): void;
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
    print: (text) => void stdout.write(`${shown(text, stdout)}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    warn: (text) => void stderr.write(`${shown(text, stderr)}\n`),
    redraw: (lines, over) => void stdout.write(redrawn(lines.map(printable), over)),
    write: (text) => void stdout.write(text),
  };
}

/** To a file or a program as it is: whoever reads that wants every byte. */
const shown = (text: string, stream: NodeJS.WriteStream): string => (stream.isTTY === true ? printable(text) : text);

/** In one write, so that nothing flickers. */
function redrawn(lines: readonly string[], over: number): string {
  const up = over > 0 ? `\x1b[${over}A` : '';
  return `${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[0J`;
}
