/**
 * Texts as a person's terminal may have them. Descriptions, values, reasons and what programs wrote come from others; what in them would steer
 * the terminal (clear it, rename it, write to the clipboard, turn a line round) is spelled out. Lines, tabs and our own colours stay.
 */

/** Control characters, perhaps with what follows in a colour, and those that turn the direction of writing. */
const steering = /\p{Cc}(?:\[\d{1,2}m)?|[\u202a-\u202e\u2066-\u2069]/gu;
const plain: ReadonlySet<string> = new Set(['\n', '\t']);

export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(steering, (found) => {
    const [first = '', ...rest] = found;
    if (plain.has(first) || isColor(found)) return found;
    return spelled(first) + rest.join('');
  });
}

/** Not one that hides or blinks. */
const isColor = (text: string): boolean => text.startsWith('\x1b[') && !['\x1b[5m', '\x1b[6m', '\x1b[8m'].includes(text);

function spelled(character: string): string {
  const code = character.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
