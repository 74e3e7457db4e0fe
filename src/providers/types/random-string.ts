/**
 * OS::Heat::RandomString: a secret made once.
 *
 * Heat's semantics: at least `min` characters from each class and each sequence, the rest from all of them together (each character once,
 * however many sets hold it), then shuffled. Chance comes from the call's environment. Any change of a property makes another string.
 */
import type { CallEnvironment } from '../../engine/ports/provider.ts';
import { sameJson } from '../../std/json.ts';
import { defineResource } from '../sdk.ts';

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const UPPERCASE = LOWERCASE.toUpperCase();
const DIGITS = '0123456789';
const CLASSES = {
  lettersdigits: LOWERCASE + UPPERCASE + DIGITS,
  letters: LOWERCASE + UPPERCASE,
  lowercase: LOWERCASE,
  uppercase: UPPERCASE,
  digits: DIGITS,
  hexdigits: `${DIGITS}abcdefABCDEF`,
  octdigits: '01234567',
} as const;
const CLASS_NAMES = Object.keys(CLASSES) as (keyof typeof CLASSES)[];
const DEFAULT_LENGTH = 32;
const DEFAULT_CLASSES = [{ class: 'lettersdigits', min: 1 }] as const;

interface CharacterSet {
  readonly characters: readonly string[];
  readonly min: number;
}

interface Wanted {
  readonly length?: number | undefined;
  readonly sequence?: string | undefined;
  readonly character_classes?: readonly { readonly class?: string | undefined; readonly min?: number | undefined }[] | undefined;
  readonly character_sequences?: readonly { readonly sequence: string; readonly min?: number | undefined }[] | undefined;
}

export const randomString = defineResource({
  type: 'OS::Heat::RandomString',
  description: 'A random string, made once and kept: for passwords and keys.',
  effects: false,
  sensitiveReference: true,
  properties: {
    length: {
      type: 'integer',
      default: DEFAULT_LENGTH,
      constraints: [{ range: { min: 1, max: 512 } }],
      description: 'How many characters.',
    },
    character_classes: {
      type: 'list',
      default: [{ class: 'lettersdigits', min: 1 }],
      description: 'Classes of characters to draw from, and how many at least of each.',
      items: {
        type: 'map',
        properties: {
          class: { type: 'string', default: 'lettersdigits', constraints: [{ allowed_values: CLASS_NAMES }] },
          min: { type: 'integer', default: 1, constraints: [{ range: { min: 1, max: 512 } }] },
        },
      },
    },
    character_sequences: {
      type: 'list',
      description: 'Characters of your own to draw from, and how many at least of each.',
      items: {
        type: 'map',
        properties: {
          sequence: { type: 'string', required: true },
          min: { type: 'integer', default: 1, constraints: [{ range: { min: 1, max: 512 } }] },
        },
      },
    },
    salt: { type: 'string', description: 'Ignored, but a change makes a new string.' },
    sequence: {
      type: 'string',
      constraints: [{ allowed_values: CLASS_NAMES }],
      description: 'Hidden in Heat since 2014: one class; use character_classes.',
    },
  },
  attributes: { value: { type: 'string', sensitive: true, description: 'The random string; also what get_resource gives.' } },

  create(call) {
    const value = generate(call.properties.length, setsOf(call.properties), call.environment);
    return { physicalId: `random-${call.token}`, attributes: { value }, reference: value };
  },

  validate(properties) {
    const problems: string[] = [];
    const sets = setsOf(properties);
    if (sets.some((set) => set.characters.length === 0)) problems.push('character_sequences: a sequence must not be empty');
    const least = sets.reduce((sum, set) => sum + set.min, 0);
    if ((properties.length ?? DEFAULT_LENGTH) < least) {
      problems.push('Length property cannot be smaller than combined character class and character sequence minimums');
    }
    return problems;
  },
});

/** The old `sequence` stands in for classes that were left out and is added to those that were given. */
function setsOf(wanted: Wanted): readonly CharacterSet[] {
  const given = wanted.character_classes ?? DEFAULT_CLASSES;
  const old = wanted.sequence === undefined ? [] : [{ class: wanted.sequence, min: 1 }];
  const classes = old.length > 0 && isDefault(given) ? old : [...given, ...old];
  return [
    ...(wanted.character_sequences ?? []).map(({ sequence, min }) => ({ characters: [...sequence], min: min ?? 1 })),
    ...classes.map((entry) => ({ characters: [...charactersOf(entry.class)], min: entry.min ?? 1 })),
  ];
}

function isDefault(classes: NonNullable<Wanted['character_classes']>): boolean {
  const filled = classes.map((entry) => ({ class: entry.class ?? 'lettersdigits', min: entry.min ?? 1 }));
  return sameJson(filled, DEFAULT_CLASSES);
}

function charactersOf(name: string | undefined): string {
  return CLASSES[(name ?? 'lettersdigits') as keyof typeof CLASSES];
}

function generate(length: number, sets: readonly CharacterSet[], environment: CallEnvironment): string {
  const pick = (from: readonly string[]) => from[environment.randomInt(from.length)] as string;
  const picked = sets.flatMap((set) => Array.from({ length: set.min }, () => pick(set.characters)));
  const all = [...new Set(sets.flatMap((set) => set.characters))];
  while (picked.length < length) picked.push(pick(all));
  return shuffle(picked, environment).join('');
}

/** Fisher and Yates. */
function shuffle(items: string[], environment: CallEnvironment): string[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = environment.randomInt(i + 1);
    [items[i], items[j]] = [items[j] as string, items[i] as string];
  }
  return items;
}
