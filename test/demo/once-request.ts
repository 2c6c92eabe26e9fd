import { PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import type { Place } from './instance.ts';
import type { Check } from './once-mail.ts';
import { wordsIn } from './compare.ts';
import type { Received, Service } from './service.ts';

/** Follows the link of a page that has these words. */
async function follow(visitor: Visitor, page: Page, words: string): Promise<Page> {
  const link = page.document.querySelectorAll('a').find(({ textContent }) => textContent.includes(words));
  if (link === undefined) throw new Error(`${page.url.pathname} has no link "${words}": ${textOf(page)}`);
  return visitor.get(new URL(link.getAttribute('href') ?? '', page.url));
}

/** What maud sees: the requests that wait at the application. */
async function openRequests({ url }: Place, maud: Visitor, service: Service): Promise<Page> {
  const { loginName: login, password } = PEOPLE.maud;
  const overview = await maud.submit(await maud.get(`${url}/moderation`), '/sign-in', { login, password });
  return follow(maud, overview, service.name);
}

/**
 * Alix, who has a profile at the application, asks for another one; maud, who looks after it, approves; alix uses it.
 * @returns what is to be true of it
 */
export async function walkRequest(
  place: Place,
  service: Service,
  { visitor, profile, other }: { visitor: Visitor; profile: string; other: string },
): Promise<Check[]> {
  const { loginName, mailbox } = PEOPLE.alix;
  const home = await visitor.get(place.url);
  const form = home.document
    .querySelectorAll('a')
    .map((link) => link.getAttribute('href') ?? '')
    .filter((href) => /^\/applications\/[^/]+\/new$/u.test(href));
  // The applications stand by name: Piaf, Plumes.
  const asking = await visitor.get(`${place.url}${form.at(-1) ?? ''}`);
  const asked = await visitor.submit(asking, '/new', { name: profile, words: 'I photograph damselflies.' });

  const maud = makeVisitor();
  const queue = await openRequests(place, maud, service);
  const told = wordsIn({ page: queue.text }, [loginName, mailbox, other]);
  const request = queue.document.querySelector('input[name=request]')?.getAttribute('value') ?? '';
  const decided = await maud.submit(queue, '/decide', { request, decision: 'approve' });

  const chooser = await visitor.submit(await visitor.get(service.url), '/sign-in', { choose: '1' });
  const used = await visitor.submit(chooser, '/profile', { profile: request });
  const received = JSON.parse(used.document.querySelector('#received')?.textContent ?? '{}') as Partial<Received>;
  return [
    [`a second profile at ${service.name} waited for maud`, queue.text.includes(profile), textOf(asked)],
    ['maud saw neither whose it was, nor the other profile', told.length === 0, told.join(', ')],
    [
      `once she approved it, ${service.name} knew "${profile}"`,
      received.idToken?.['preferred_username'] === profile,
      `${textOf(decided)} ${textOf(used)}`,
    ],
  ];
}
