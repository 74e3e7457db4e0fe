/** For tests only: documents that mean harm, each with the code it is refused with. */
const HEAD = 'heat_template_version: 2021-04-16\n';

function bomb(levels: number, join: (alias: string) => string): string {
  const lines = ['x0: &x0 {a: 1}'];
  for (let i = 1; i <= levels; i++) lines.push(`x${i}: &x${i} ${join(`*x${i - 1}`)}`);
  return lines.join('\n');
}

export const HOSTILE_DOCUMENTS: { readonly [name: string]: readonly [text: string, code: string] } = {
  'billion laughs': [HEAD + bomb(12, (alias) => `[${Array(10).fill(alias).join(', ')}]`), 'DOC-ALIASES'],
  'billion laughs by merge keys': [HEAD + bomb(30, (alias) => `{<<: ${alias}, l: ${alias}, r: ${alias}}`), 'DOC-ALIASES'],
  'quadratic blow-up': [`${HEAD}a: &a [${'x, '.repeat(2000)}]\nb: [${'*a, '.repeat(2000)}]`, 'DOC-ALIASES'],
  'an alias in itself': [`${HEAD}a: &a [*a]`, 'DOC-ALIASES'],
  'deep flow': [HEAD + '['.repeat(100_000), 'DOC-TOO-DEEP'],
  'deep maps': [HEAD + '{a: '.repeat(100_000), 'DOC-TOO-DEEP'],
  'deep compact lists': [`${HEAD}a:\n${'- '.repeat(100_000)}`, 'DOC-TOO-DEEP'],
  'deep JSON': [`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'DOC-TOO-DEEP'],
  'one level too deep': [`{"a":${'['.repeat(101)}${']'.repeat(101)}}`, 'DOC-TOO-DEEP'],
  'just not too deep': [`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'HOT-VERSION-MISSING'],
  'a key of another world': ['{"heat_template_version": "2021-04-16", "resources": {"__proto__": {"polluted": 1}}}', 'DOC-KEY'],
  'twice the same key in JSON': [
    '{"heat_template_version": "2021-04-16", "resources": {}, "resources": {}}',
    'DOC-KEY-DUPLICATE',
  ],
};
