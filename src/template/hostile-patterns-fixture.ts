/** For tests and measurements only: patterns that hang, or cost much, where a text is gone through again and again. */
export const EVIL_TEXT = `${'a'.repeat(50_000)}!`;

export const EVIL_PATTERNS = [
  '(a+)+',
  '(a|a)*',
  '(a|aa)+',
  '(.*a){20}',
  '([a-zA-Z]+)*',
  '(a*)*b',
  '(?=(a+)+b)a*',
  'a*a*a*a*a*a*a*b',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(a|b)*a(a|b){15}',
  '(?:(?=.*a).)*',
  '(a?){500}a{500}',
];

/** For searches, none of which finds anything in many `a`. */
export const EVIL_SEARCHES = [
  '(a+)+b',
  '(a|a)*b',
  '(a|aa)+b',
  '(.*a){20}b',
  '(a*)*b',
  '(?=(a+)+b)a*b',
  'a*a*a*a*a*a*b',
  '(?=b(.{0,90}){0,100})c',
  `(?!${'()'.repeat(49)}b)c`,
  `(a|c)${'b'.repeat(9_000)}`,
];

/** Short ones that become programs without end, or would keep for ever who writes them out. */
export const ENDLESS_PATTERNS = [
  '(?:(?:(?:(?:){1000}){1000}){1000}){1000}',
  '(((){1000}){1000}){1000}',
  '(?:(?:(?:a{0}){1000}){1000}){1000}',
  '(?:(?:(?:(?:(?=a){0}){1000}){1000}){1000}){1000}',
  '((?=(a{1000}){19})b){1000}',
  '(?:(?:(?=a{900})a){900}|b){20}',
  '((a{100}){100}){100}',
];
