import type { Parts } from '../../../src/parts.ts';
import type { DirectBrowser } from '../walks/direct.ts';
import type { Dice } from './dice.ts';
import { newBrowser, PASSWORD, signInOn, type Person } from './faces.ts';
import { submit } from './forms.ts';
import { readAnswers, type Known } from './pages.ts';
import type { Side, Sights } from './sights.ts';

/** Somebody who looks after applications, with a browser that is signed in as long as the place is open. */
export type Moderator = Person & { readonly browser: DirectBrowser };

/** The two who put together what they see. */
export type Colluding = { readonly maud: Moderator; readonly noé: Moderator };

/** A profile as moderators look for it. */
export type Watched = Known & { readonly applicationId: string; readonly profileId: string };

const ACCEPT = { html: 'text/html', json: 'application/json', csv: 'text/csv' } as const;
type Form = keyof typeof ACCEPT;

/** What can be asked for in each form: about one profile, or about all of its application. */
const ABOUT_ONE: { readonly [what: string]: (watched: Watched) => string } = {
  'one profile': ({ applicationId, profileId }) => `/moderation/${applicationId}/profiles/${profileId}`,
  'what a block means': ({ applicationId, profileId }) => `/moderation/${applicationId}/profiles/${profileId}/block`,
  'what a bar means': ({ applicationId, profileId }) => `/moderation/${applicationId}/profiles/${profileId}/bar`,
};
const ABOUT_ALL: typeof ABOUT_ONE = {
  overview: () => '/moderation',
  requests: ({ applicationId }) => `/moderation/${applicationId}`,
  profiles: ({ applicationId }) => `/moderation/${applicationId}/profiles`,
  'a search': ({ applicationId, names }) => `/moderation/${applicationId}/profiles?text=${names[0]}`,
  'a list of a status': ({ applicationId }) => `/moderation/${applicationId}/profiles?status=active`,
  appeals: ({ applicationId }) => `/moderation/${applicationId}/appeals`,
  exceptions: ({ applicationId }) => `/moderation/${applicationId}/exceptions`,
  log: ({ applicationId }) => `/moderation/${applicationId}/log`,
  rules: ({ applicationId }) => `/moderation/${applicationId}/rules`,
};

const ALL = [...Object.keys(ABOUT_ALL), ...Object.keys(ABOUT_ONE)];

export async function openModerators(parts: Parts, now: () => number): Promise<Colluding> {
  async function open(loginName: string, network: number): Promise<Moderator> {
    const mailbox = `${loginName}@moderators.example`;
    const { id } = await parts.accounts.add({
      loginName,
      password: PASSWORD,
      mailbox,
      mailboxVerified: true,
      language: 'en',
    });
    const person = { accountId: id, loginName };
    const browser = newBrowser(parts, network);
    await signInOn(browser, await browser.get('/account'), person, now());
    return { ...person, browser };
  }
  return { maud: await open('maud', 900_001), noé: await open('noe', 900_002) };
}

/** What the moderators get to see, whatever they ask for. */
export function makeLooks(
  { maud, noé }: Colluding,
  sights: Sights,
  watched: readonly Watched[],
  dice: Dice,
  now: () => number,
) {
  const read = readAnswers(sights, watched);

  async function get({ browser, ...person }: Moderator, path: string, accept: string) {
    const answer = await browser.get(path, accept);
    if (!answer.url.pathname.startsWith('/journey/')) return answer;
    // After some weeks they sign in again.
    await signInOn(browser, answer, person, now());
    return browser.get(path, accept);
  }

  async function look(what: string, about: Watched, wanted: Form): Promise<void> {
    const one = ABOUT_ONE[what];
    const side: Side = one === undefined ? 'neither' : about.side;
    const path = (one ?? ABOUT_ALL[what])?.(about) ?? '';
    const by = dice.one([maud, noé]);
    const answer = await get(by, path, ACCEPT[wanted]);
    // What a change of the rules would mean, which is not made.
    const { status, text } = what === 'rules' ? await submit(by.browser, answer, '/rules', { quota: '1' }) : answer;
    const form = text.startsWith('<!') ? 'html' : wanted;
    const source = `${what}, ${form}`;
    sights.addLeaf(side, source, 'status', status);
    if (status !== 200) return;
    if (form === 'csv') read.csv(source, text, side);
    else if (form === 'json') read.json(source, text, side);
    else read.page(source, text, side);
  }

  return {
    /** Asks so many of all there are, in a form or in any; about both profiles where it is about one. */
    async some(count: number, wanted?: Form): Promise<void> {
      for (const what of dice.shuffled(ALL).slice(0, count)) {
        const form = wanted ?? dice.one(['html', 'html', 'json', 'csv'] as const);
        const about = what in ABOUT_ONE ? watched : [dice.one(watched)];
        for (const one of about) await look(what, one, form);
      }
    },
  };
}
