import { PEOPLE } from '../people.ts';
import type { Caught, MailCatcher } from '../mail-catcher.ts';
import { textOf, type Page, type Visitor } from '../visitor.ts';
import type { Place } from './instance.ts';
import { wordsIn } from './compare.ts';
import { domainOf } from './post.ts';
import { hurryMail } from './seed.ts';
import type { Service } from './service.ts';

/** What is to be said of the walk, and whether it holds. */
export type Check = [sentence: string, holds: boolean, detail?: string];

const ANSWER = 'On Sunday I am in the garden.';

/** Follows the first link on a page whose address has this form. */
async function follow(visitor: Visitor, page: Page, form: RegExp): Promise<Page> {
  const links = page.document.querySelectorAll('a').map((link) => link.getAttribute('href') ?? '');
  const link = links.find((one) => form.test(one));
  if (link === undefined) throw new Error(`${page.url.pathname} has no link ${form.source}: ${textOf(page)}`);
  return visitor.get(new URL(link, page.url).href);
}

/** Goes to the message in the portal and answers it. */
async function answerIt(visitor: Visitor, url: string, profile: string): Promise<void> {
  const all = await visitor.get(`${url}/mail`);
  const [card] = all.document.querySelectorAll('a').filter((link) => link.textContent.includes(profile));
  const own = await visitor.get(new URL(card?.getAttribute('href') ?? '/', url).href);
  const message = await follow(visitor, own, /^\/profiles\/[^/]+\/mail\/(?!correspondents)[^/]+$/u);
  const done = await visitor.submit(message, '/answer', { subject: 'Re: somebody liked what you said', text: ANSWER });
  if (done.status >= 400) throw new Error(`the answer was not taken (${done.status}): ${textOf(done)}`);
}

const headerOf = ({ raw }: Caught): string => raw.slice(0, raw.indexOf('\r\n\r\n'));

/**
 * Has an application write to alix, who is signed in there by a profile, and answers in the portal.
 * @returns what is to be true of it
 */
export async function walkMail(
  place: Place,
  service: Service,
  { visitor, profile, alias, catcher }: { visitor: Visitor; profile: string; alias: string; catcher: MailCatcher },
): Promise<Check[]> {
  const { name } = service;
  const { loginName, mailbox } = PEOPLE.alix;
  const log = await visitor.submit(await visitor.get(service.url), '/notify');
  const forwarded = await catcher.next(mailbox);
  const kept = log.document.querySelector('.mail summary')?.textContent ?? '';

  await answerIt(visitor, place.url, profile);
  // It would wait for up to half a minute of its own.
  await hurryMail(place);
  const answer = await catcher.next(`notify@${domainOf(name)}`);
  const seen = await visitor.get(`${service.url}/mail`);
  const shown = seen.document.textContent;
  const told = [
    ...wordsIn({ dialogue: log.text, seen: seen.text, answer: answer.raw }, [mailbox, loginName]),
    ...wordsIn({ page: seen.text, answer: answer.raw }, ['charlie']),
  ];
  return [
    [`${name} was answered "250 … Kept", and no more`, /250 2\.0\.0 .*Kept/u.test(kept), kept],
    ['what it wrote arrived in the mailbox of alix', forwarded.text.includes('hulotte liked what you said')],
    ['its header does not name that mailbox', wordsIn({ raw: forwarded.raw }, [mailbox]).length === 0],
    ['it comes from an address of the relay', /<[a-z0-9]{20}@relay\.example>/u.test(forwarded.from), forwarded.from],
    ['it went out with a return path of its own', /^[a-z0-9]{20}@relay\.example$/u.test(forwarded.returnPath)],
    ['it is signed by the relay', /d=relay\.example/u.test(headerOf(forwarded))],
    ['what alix answered came from the relay address', answer.from.includes(alias) && answer.text.includes(ANSWER)],
    [`${name} shows that answer, header and all`, shown.includes(ANSWER) && shown.includes('Message-ID')],
    [`${name} was told neither mailbox, nor login name, nor the other profile`, told.length === 0, told.join(', ')],
  ];
}
