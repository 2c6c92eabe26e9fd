import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const MINUTE = 60_000;
const { alix } = PEOPLE;

describe.each(['sqlite', 'postgres'] as const)("Alix's signed-in browsers, on %s", (engine) => {
  let time = Date.now();
  let house: House;
  let catcher: MailCatcher;
  beforeAll(async () => {
    catcher = await openMailCatcher();
    house = await openHouse({
      engine,
      now: () => time,
      settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' },
    });
    await addPerson(house.parts, 'odile');
    await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await house.close();
    await catcher.close();
  });

  const signInOn = (visitor: Visitor, page: Page): Promise<Page> =>
    visitor.submit(page, '/sign-in', { login: alix.loginName, password: alix.password });
  const open = async (visitor: Visitor): Promise<Page> => signInOn(visitor, await visitor.get(`${house.url}/sessions`));

  test('are listed by day, the present one marked; ending one or all asks for a recent proof', async () => {
    const [here, there] = [makeVisitor(), makeVisitor()];
    await open(there);
    const page = await open(here);
    const times = page.document.querySelectorAll('time').map((found) => found.getAttribute('datetime'));
    expect(times.length).toBe(4);
    for (const shown of times) expect(shown).toMatch(/^\d{4}-\d{2}-\d{2}$/u);
    expect(page.document.querySelectorAll('.row .status.active').length).toBe(1);
    const other = page.document
      .querySelectorAll('.row')
      .find((row) => row.querySelector('.status.active') === null)
      ?.querySelector('button')
      ?.getAttribute('value');

    time += 21 * MINUTE;
    for (const form of ['/sessions/end', '/sessions/end-all']) {
      const asked = await here.submit(page, form, { session: other ?? '' });
      expect(asked.document.querySelector('[name=password]'), form).not.toBeNull();
      expect((await there.get(`${house.url}/sessions`)).url.pathname).toBe('/sessions');
      const back = await signInOn(here, asked);
      expect([back.status, back.url.pathname]).toEqual([200, '/sessions']);
      time += 21 * MINUTE;
    }
    const fresh = await signInOn(here, await here.submit(page, '/sessions/end', { session: other ?? '' }));
    await here.submit(fresh, '/sessions/end', { session: other ?? '' });
    expect((await there.get(`${house.url}/sessions`)).url.pathname).toMatch(/^\/journey\//u);
    const after = await here.get(`${house.url}/sessions`);
    expect(after.document.querySelectorAll('.row').length).toBe(1);
    await here.submit(after, '/sessions/end-all');
    expect((await here.get(`${house.url}/sessions`)).url.pathname).toMatch(/^\/journey\//u);
  });

  test('a browser that is new to her account is told of by letter, by the day; hers is not', async () => {
    // The first test had one already.
    await house.parts.mail.deliver();
    await catcher.next(alix.mailbox);
    const before = catcher.letters.length;
    const visitor = makeVisitor();
    await open(visitor);
    await house.parts.mail.deliver();
    const letter = await catcher.next(alix.mailbox);
    expect(letter.text).toContain('alix');
    expect(letter.text).not.toMatch(/\d{1,2}:\d{2}/u);
    const told = catcher.letters.length;
    expect(told).toBe(before + 1);

    const page = await visitor.get(`${house.url}/`);
    await visitor.submit(page, '/sign-out');
    await open(visitor);
    await house.parts.mail.deliver();
    expect(catcher.letters.length).toBe(told);
    expect(textOf(await visitor.get(`${house.url}/activity`))).toContain('new to your account');
  });
});
