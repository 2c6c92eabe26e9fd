import { PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { sharedFields, wordsIn } from './compare.ts';
import type { MailCatcher } from '../mail-catcher.ts';
import type { Place } from './instance.ts';
import { walkMail, type Check } from './once-mail.ts';
import { walkRequest } from './once-request.ts';
import type { Received, Service } from './service.ts';

/** Goes from an application to Aluco and back, answering each page as alix would. */
async function signIn(visitor: Visitor, service: Service, profile: string): Promise<Received> {
  let page: Page = await visitor.submit(await visitor.get(service.url), '/sign-in');
  for (let hop = 0; hop < 4 && page.url.origin !== service.url; hop += 1) {
    if (page.document.querySelector('input[name=password]') !== null) {
      const { loginName, password } = PEOPLE.alix;
      page = await visitor.submit(page, '/sign-in', { login: loginName, password });
    } else {
      page = await visitor.submit(page, '/create', { name: profile, note: '' });
    }
    if (page.status >= 400) break;
  }
  const received = page.document.querySelector('#received');
  if (received === null) throw new Error(`${page.url.origin} shows no sign-in (${page.status}): ${textOf(page)}`);
  return JSON.parse(received.textContent) as Received;
}

function describe(name: string, { idToken, userinfo }: Received): string[] {
  const fields = Object.entries({ ...userinfo, ...idToken });
  return [
    `${name} received`,
    ...fields.map(
      ([field, value]) => `  ${field.padEnd(20)}${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
    '',
  ];
}

/**
 * Walks the journey once: alix signs in, is "alice" at the first application and "charlie" at the second; the first
 * writes to alice, and is answered.
 * @returns whether everything was as it must be.
 */
export async function walkOnce(
  place: Place,
  [first, second]: readonly [Service, Service],
  { catcher, say }: { catcher: MailCatcher; say: (line: string) => void },
): Promise<boolean> {
  const { url } = place;
  const visitor = makeVisitor();
  const atFirst = await signIn(visitor, first, 'alice');
  const atSecond = await signIn(visitor, second, 'charlie');
  for (const line of [...describe(first.name, atFirst), ...describe(second.name, atSecond)]) say(line);

  const passwords = visitor.trail.filter(({ origin, pathname }) => origin === url && pathname.endsWith('/sign-in'));
  const back = await visitor.submit(await visitor.submit(await visitor.get(first.url), '/leave'), '/sign-in');
  const again = JSON.parse(back.document.querySelector('#received')?.textContent ?? '{}') as Partial<Received>;
  const shared = sharedFields(atFirst, atSecond);
  const { loginName, mailbox } = PEOPLE.alix;
  const told = wordsIn([atFirst, atSecond], [mailbox, loginName]);

  const alias = String(atFirst.userinfo.email);
  const mail = await walkMail(place, first, { visitor, profile: 'alice', alias, catcher });
  const request = await walkRequest(place, second, { visitor, profile: 'damselfly', other: 'charlie' });
  const checks: Check[] = [
    ['alix gave a password once', passwords.length === 1],
    [`${first.name} knows "alice"`, atFirst.idToken['preferred_username'] === 'alice'],
    [`${second.name} knows "charlie"`, atSecond.idToken['preferred_username'] === 'charlie'],
    ['ID token and userinfo name the same person', atFirst.userinfo.sub === atFirst.idToken.sub],
    ['the two have nothing in common', shared.length === 0, shared.join(', ')],
    ['neither was told the login name or the mailbox', told.length === 0, told.join(', ')],
    [`back at ${first.name}, alix is "alice" again, and no page asked`, again.idToken?.sub === atFirst.idToken.sub],
    ...mail,
    ...request,
  ];
  for (const [sentence, holds, detail = ''] of checks) {
    say(`${holds ? 'yes' : 'NO '}  ${sentence}${holds || detail === '' ? '' : `: ${detail}`}`);
  }
  return checks.every(([, holds]) => holds);
}
