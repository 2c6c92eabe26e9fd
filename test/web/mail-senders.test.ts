import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { translator } from '../../views/text.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { ESCAPED, EVIL, problemsOn, wordsOf } from './desk.ts';

const t = translator('en');

let house: House;
let odile: Visitor;
let bruno: Visitor;
let blog: Application;

async function signedIn(person: 'odile' | 'bruno'): Promise<Visitor> {
  await addPerson(house.parts, person);
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE[person];
  await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
  return visitor;
}

const at = (path = ''): string => `${house.url}/admin/applications/${blog.id}/mail${path}`;
const open = (path = ''): Promise<Page> => odile.get(at(path));
const now = () => house.parts.applications.get(blog.id);
const refuse = (
  domain: string | undefined,
  reason: 'unregistered_domain' | 'unsigned' | 'from_unreadable',
  address = '192.0.2.1',
) => house.parts.refusals.note(blog.id, { domain, reason, address });

beforeAll(async () => {
  house = await openHouse({
    settings: {
      ALUCO_SUBMISSION: '127.0.0.1:5587',
      ALUCO_RELAY_NAME: 'relay.example',
      ALUCO_SMTP: 'smtp://127.0.0.1:9',
      ALUCO_MAIL_FROM: 'aluco@relay.example',
    },
  });
  [odile, bruno] = [await signedIn('odile'), await signedIn('bruno')];
});
beforeEach(async () => {
  blog = await addApplication(house.parts, 'Blog', 'https://blog.example', { senderDomains: ['blog.example'] });
});
afterAll(() => house.close());

test('Odile says which domains and machines the mail of an application comes from', async () => {
  const page = await odile.get(`${house.url}/admin/applications/${blog.id}`);
  expect(page.document.querySelector(`a[href="/admin/applications/${blog.id}/mail"]`)).not.toBeNull();
  const saved = await odile.submit(await open(), `/${blog.id}/mail`, {
    senderDomains: 'Blog.example\r\n\r\n mail.example ',
    senderNetworks: '172.18.0.0/16\nFD00::5',
  });
  expect(wordsOf(saved)).toContain(t('notice.saved'));
  expect(await now()).toMatchObject({
    senderDomains: ['blog.example', 'mail.example'],
    senderNetworks: ['172.18.0.0/16', 'fd00::5'],
  });
});

test('what is wrong is said at its field, what was typed stays, and nothing is changed', async () => {
  const page = await odile.submit(await open(), `/${blog.id}/mail`, {
    senderDomains: `blog.example\n${EVIL}`,
    senderNetworks: '0.0.0.0/0',
  });
  expect(page.status).toBe(422);
  expect(problemsOn(page)).toEqual({
    '#senderDomains': t('error.domain_invalid', { domain: EVIL.slice(0, 80).toLowerCase() }),
    '#senderNetworks': t('error.network_invalid', { network: '0.0.0.0/0' }),
  });
  expect(page.text).not.toContain(EVIL);
  expect(page.text).toContain(ESCAPED);
  expect((await now()).senderNetworks).toEqual([]);
});

test('saving the other settings of the application changes nothing of its mail', async () => {
  await house.parts.applications.changeSenders(blog.id, { senderDomains: ['a.example'], senderNetworks: ['10.0.0.1'] });
  await house.parts.applications.addSubmission(blog.id);
  const before = await now();
  const page = await odile.get(`${house.url}/admin/applications/${blog.id}`);
  await odile.submit(page, `/applications/${blog.id}`, { quota: '7', people: 'none' });
  expect(await now()).toEqual({ ...before, quota: 7 });
});

test('a password is shown once with what else the application is told, works, and is removed', async () => {
  const made = await odile.submit(await open(), '/credentials', {});
  const texts = made.document
    .querySelectorAll('#submission ~ * code, .reference code')
    .map((code) => code.textContent.trim());
  const [secret = '', ...facts] = texts;
  expect(facts).toEqual(expect.arrayContaining(['relay.example', '5587', 'STARTTLS', blog.id]));
  expect(await house.parts.applications.authenticateSubmission(blog.id, secret)).toBe(blog.id);
  const later = await open();
  expect(later.text).not.toContain(secret);
  const credential = later.document.querySelector('button[name="credential"]')?.getAttribute('value') ?? '';
  const removed = await odile.submit(later, '/credentials/remove', { credential });
  expect(wordsOf(removed)).toContain(t('admin.senders.notice_removed'));
  expect(await house.parts.applications.authenticateSubmission(blog.id, secret)).toBeUndefined();
});

test('there are two passwords at most, also for two windows', async () => {
  const page = await open();
  for (let count = 0; count < 2; count += 1) await odile.submit(page, '/credentials', {});
  expect((await odile.submit(page, '/credentials', {})).status).toBe(422);
  expect(wordsOf(await open())).toContain(t('admin.senders.two'));
  expect((await now()).submission).toHaveLength(2);
});

test('what was refused is said in words, and a sender is allowed after a question', async () => {
  refuse('news.example', 'unregistered_domain', '172.18.0.9');
  refuse('news.example', 'unregistered_domain', '172.18.0.9');
  refuse('blog.example', 'unsigned');
  refuse(undefined, 'from_unreadable');
  const page = await open();
  expect(wordsOf(page)).toContain(t('admin.senders.reason.unsigned', { domain: 'blog.example' }));
  expect(wordsOf(page)).toContain(t('admin.senders.reason.from_unreadable'));
  expect(wordsOf(page)).toContain(t('admin.senders.count', { count: 2 }));
  expect(wordsOf(page)).toContain(t('admin.senders.machine', { address: '172.18.0.9' }));
  const links = page.document.querySelectorAll('a').filter((a) => a.getAttribute('href')?.includes('/allow'));
  expect(links.map((a) => a.getAttribute('href'))).toEqual([
    `/admin/applications/${blog.id}/mail/allow?domain=news.example`,
  ]);
  const question = await open('/allow?domain=news.example');
  expect((await now()).senderDomains).toEqual(['blog.example']);
  const allowed = await odile.submit(question, '/allow', {});
  expect(wordsOf(allowed)).toContain(t('admin.senders.notice_allowed'));
  expect(wordsOf(allowed)).not.toContain('172.18.0.9');
  expect((await now()).senderDomains).toEqual(['blog.example', 'news.example']);
});

test.each(['gmail.com', 'mail.outlook.com', 'co.uk', 'github.io'])(
  'A77: %s is not allowed, and it is said why',
  async (domain) => {
    refuse(domain, 'unregistered_domain');
    const page = await open(`/allow?domain=${domain}`);
    expect(wordsOf(page)).toContain(t('admin.senders.not', { domain }));
    expect(page.document.querySelectorAll('form[action$="/allow"]')).toEqual([]);
    refuse('news.example', 'unregistered_domain');
    const forged = await odile.submit(await open('/allow?domain=news.example'), '/allow', { domain });
    expect(forged.status).toBe(422);
    expect((await now()).senderDomains).toEqual(['blog.example']);
  },
);

test('A77: a link can name no domain that was not refused, and a stranger’s text stays text', async () => {
  expect((await open('/allow?domain=evil.example')).status).toBe(404);
  expect((await open('/allow')).status).toBe(404);
  refuse('news.example', 'unregistered_domain');
  refuse(EVIL, 'unregistered_domain');
  const page = await open();
  expect(page.text).not.toContain('alert(1)');
  expect((await open(`/allow?domain=${encodeURIComponent(EVIL)}`)).status).toBe(404);
  const forged = await odile.submit(await open('/allow?domain=news.example'), '/allow', { domain: 'evil.example' });
  expect(forged.status).toBe(404);
  expect((await now()).senderDomains).toEqual(['blog.example']);
});

test('a domain of everybody’s that is registered already is warned of', async () => {
  await house.parts.applications.changeSenders(blog.id, { senderDomains: ['gmail.com'], senderNetworks: [] });
  expect(wordsOf(await open())).toContain(t('error.sender_anybody', { domain: 'gmail.com' }));
});

test('nobody but an administrator sees or changes it', async () => {
  refuse('news.example', 'unregistered_domain');
  for (const path of ['', '/allow?domain=news.example']) {
    expect((await bruno.get(at(path))).status).toBe(403);
    expect((await makeVisitor().get(at(path))).url.pathname).not.toContain('/mail');
  }
  expect((await odile.get(`${house.url}/admin/applications/none/mail`)).status).toBe(404);
});
