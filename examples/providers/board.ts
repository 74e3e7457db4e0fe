/**
 * A provider for a small, made-up service: a board with cards, behind a REST interface.
 *
 * Everything an author has to think of is here once: settings with a secret, an object that is found by its token, failures in their classes, a
 * wait that holds nothing, a change in place and one that needs a replacement.
 *
 * Offer it to an engine with `--provider examples/providers/board.ts`; the template is board.yaml beside it.
 */
import { askAgain, defineProvider, defineResource, fail, type JsonMap, replaceMe, retryLater } from 'setpoint/provider';

interface Card extends JsonMap {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly column: string;
  readonly state: 'printing' | 'ready' | 'archived';
}

/** Settings that all types of this provider share. What `configure` returns, calls get as `call.settings`. */
const board = defineProvider({
  name: 'Example::Board',
  settings: {
    url: { type: 'string', required: true, description: 'Where the board is.' },
    api_key: { type: 'string', required: true, sensitive: true, description: 'Sent with every request.' },
  },
  configure: ({ url, api_key }) => ({
    /** The answer's card; null for 404. Throws what the engine understands. */
    async request(method: string, path: string, signal: AbortSignal, body?: JsonMap): Promise<Card | null> {
      const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };
      const init = { method, headers, signal, ...(body ? { body: JSON.stringify(body) } : {}) };
      // A lost connection may or may not have changed something, so `changed` is left out: the engine will look.
      const response = await fetch(url + path, init).catch((error) => {
        throw retryLater(`the board does not answer: ${error.message}`);
      });
      if (response.status === 404) return null;
      if (response.status === 429) throw retryLater('the board is busy', { afterSeconds: 5, changed: false });
      if (response.status >= 500) throw retryLater(`the board has a problem (status ${response.status})`);
      if (!response.ok) throw fail(`the board refused it: ${await response.text()}`, { changed: false });
      return (await response.json()) as Card;
    },
  }),
});

const card = defineResource({
  type: 'Example::Board::Card',
  description: 'A card on the board.',
  provider: board,
  interruptible: true,
  // A card that was found half made (still printing) is finished by calling create again with its token.
  halfMade: 'resume',
  timeout: 300,
  properties: {
    title: { type: 'string', required: true, constraints: [{ length: { min: 1, max: 80 } }], update: 'in-place' },
    column: { type: 'string', default: 'to do', update: 'in-place' },
    colour: { type: 'string', default: 'white', description: 'Can only be chosen once: a change makes a new card.' },
  },
  attributes: { link: { type: 'string', description: 'Where people see it.' } },

  // May be called again with the same token, also while an earlier call still runs: so it looks before it makes.
  async create(call) {
    const { title, column, colour } = call.properties;
    const known = call.physicalId ? await call.settings.request('GET', `/cards/${call.physicalId}`, call.signal) : await findCard(call);
    const made = known ?? (await call.settings.request('POST', '/cards', call.signal, { label: call.token, title, column, colour }));
    if (!made) throw fail('the board has no cards');
    await call.saveProgress({ physicalId: made.id });
    if (made.state === 'printing') return askAgain(2, null, { physicalId: made.id, reason: 'the card is being printed' });
    return asObject(made);
  },

  // By token alone: the answer to create may have been lost.
  async find(call) {
    const found = await findCard(call);
    if (!found) return { presence: 'absent' };
    return { presence: 'present', complete: found.state !== 'printing', ...asObject(found) };
  },

  async read(call) {
    const found = await call.settings.request('GET', `/cards/${call.physicalId}`, call.signal);
    if (!found) return { presence: 'absent' };
    const { title, column } = found;
    return { presence: 'present', properties: { title, column }, ...asObject(found) };
  },

  async update(call) {
    const { title, column } = call.properties;
    const changed = await call.settings.request('PUT', `/cards/${call.physicalId}`, call.signal, { title, column });
    if (!changed) return replaceMe('the card was thrown away');
    if (changed.state === 'archived') return replaceMe('an archived card can not be changed');
    return asObject(changed);
  },

  // What is gone already was deleted well: 404 is no failure here.
  async delete(call) {
    await call.settings.request('DELETE', `/cards/${call.physicalId}`, call.signal);
  },

  matches: (observed, desired) => observed.title === desired.title && observed.column === desired.column,
});

type CardCall = { token: string; signal: AbortSignal; settings: { request(m: string, p: string, s: AbortSignal): Promise<Card | null> } };

function findCard(call: CardCall): Promise<Card | null> {
  return call.settings.request('GET', `/cards/by-label/${call.token}`, call.signal);
}

function asObject(found: Card) {
  return { physicalId: found.id, attributes: { link: `/cards/${found.id}` } };
}

export default [card];
