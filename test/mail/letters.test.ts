import { parse } from 'node-html-parser';
import { expect, test } from 'vitest';
import { LETTERS, type LetterKind } from '../../src/accounts/accounts.ts';
import { drawLetter } from '../../views/mail/letter.tsx';
import { PLANS } from '../../views/mail/plans.ts';
import { languages } from '../../views/text.ts';

const house = { name: 'Le Nid & des <Chouettes>', url: 'https://nest.example', contact: 'odile@nest.example' };
const KINDS = Object.keys(LETTERS) as LetterKind[];

/** A value of each name, and how it reads in the two languages. */
const VALUES: Readonly<Record<string, [value: string, fr: string, en: string]>> = {
  token: ['t0ken-_', 'https://nest.example/link/t0ken-_', 'https://nest.example/link/t0ken-_'],
  application: ['Le <b>Lac</b> & "co"', 'Le <b>Lac</b> & "co"', 'Le <b>Lac</b> & "co"'],
  login_name: ['alix', 'alix', 'alix'],
  days: ['3', '3 jours', '3 days'],
  question: ['Who told you\nof {us}?', 'of {us}?', 'of {us}?'],
  address: ['https://lake.example/in?a=1&b=2', 'https://lake.example/in?a=1&b=2', 'https://lake.example/in?a=1&b=2'],
  reason: ['Not <now>, {sorry}', 'Not <now>, {sorry}', 'Not <now>, {sorry}'],
  count: ['7', '7 demandes', '7 requests'],
  oldest_days: ['12', '12 jours', '12 days'],
  method: ['passkey', 'clé d’accès', 'passkey'],
  left: ['9', '9', '9'],
  device: ['Firefox, Linux', 'Firefox, Linux', 'Firefox, Linux'],
  day: ['2026-12-01', '1er décembre 2026', '1 December 2026'],
  profile: ['pr0file-_', 'https://nest.example/profiles/pr0file-_', 'https://nest.example/profiles/pr0file-_'],
  moderated: ['app-_', 'https://nest.example/moderation/app-_', 'https://nest.example/moderation/app-_'],
  old_accounts: [
    'app-_',
    'https://nest.example/applications/app-_/old-account',
    'https://nest.example/applications/app-_/old-account',
  ],
  stop: [
    'a.k.st0p-_',
    'https://nest.example/old-account/unsubscribe/a.k.st0p-_',
    'https://nest.example/old-account/unsubscribe/a.k.st0p-_',
  ],
  name: ['hulotte', 'hulotte', 'hulotte'],
  new_name: ['chevêche', 'chevêche', 'chevêche'],
  words: ['We {know} <you>', 'We {know} <you>', 'We {know} <you>'],
  review: ['4', '4 profils', '4 profiles'],
  appeals: ['6', '6 contestations', '6 appeals'],
  applications: ['Lake, Meadow', 'Lake, Meadow', 'Lake, Meadow'],
  step: ['confirmed', 'accepte de regarder', 'agreed to look'],
  by: ['odile', 'odile', 'odile'],
  fresh: ['firmin', 'firmin', 'firmin'],
  number: ['41', '41', '41'],
  request: ['37', '37', '37'],
  head: ['0ddba11', '0ddba11', '0ddba11'],
  reference: ['Art. <6> {x}', 'Art. <6> {x}', 'Art. <6> {x}'],
  login: ['yes', 'Votre identifiant', 'your login name'],
  mailbox: ['yes', 'Votre adresse', 'your address'],
  here: ['yes', 'Vos autres profils', 'your other profiles'],
  everywhere: ['yes', 'Tous vos profils', 'all your profiles'],
  connections: ['yes', 'vos connexions', 'you signed in'],
  code: ['0417 2983', '0417 2983', '0417 2983'],
  opens: ['2026-12-01T08:30:00.000Z', '1er décembre 2026', '1 December 2026'],
};

const valuesOf = (kind: LetterKind, at = 0): Record<string, string> =>
  Object.fromEntries(LETTERS[kind].map((name) => [name, VALUES[name]?.[at] ?? '?']));

test('there is a letter for each kind, and a test', () => {
  expect(Object.keys(PLANS).toSorted()).toEqual([...KINDS, 'test'].toSorted());
});

test.each(languages.flatMap((language) => KINDS.map((kind) => [kind, language] as const)))(
  '%s in %s says each of its values in both its forms, and why one receives it',
  (kind, language) => {
    const { subject, text, html } = drawLetter(language, house, kind, valuesOf(kind));
    const document = parse(html);
    const read = document.querySelector('main')?.textContent ?? '';
    const hrefs = document.querySelectorAll('a').map((a) => a.getAttribute('href') ?? '');
    for (const name of LETTERS[kind]) {
      const [, fr, en] = VALUES[name] ?? ['', '?', '?'];
      const wanted = language === 'fr' ? fr : en;
      expect([name, text.includes(wanted)]).toEqual([name, true]);
      expect([name, [...hrefs, document.text, decoded(html)].some((part) => part.includes(wanted))]).toEqual([
        name,
        true,
      ]);
    }
    expect(subject).toContain(house.name);
    expect(subject).not.toContain('\n');
    expect(text).toMatch(language === 'fr' ? /Vous recevez ce message/u : /You receive this/u);
    expect(read).toMatch(language === 'fr' ? /Vous recevez ce message/u : /You receive this/u);
    expect(`${subject}${text}${html}`).not.toMatch(/mail\.[a-z_]+\.|undefined|NaN|\[object/u);
    // Of addresses there is that of the house alone.
    const times = 'inBoth' in PLANS[kind] ? 4 : 2;
    expect([...`${text}${html}`.matchAll(/[\w.]+@[\w.]+/gu)].map(([found]) => found)).toEqual(
      Array.from({ length: times }, () => house.contact),
    );
    expect(document.querySelector('html')?.getAttribute('lang')).toBe(language);
  },
);

/** What a browser reads where markup stands for characters. */
function decoded(html: string): string {
  return html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

test('a letter needs nothing from elsewhere, and what people wrote is text in it', () => {
  for (const kind of KINDS) {
    const { html } = drawLetter('fr', house, kind, valuesOf(kind));
    expect(html).not.toMatch(/<(img|script|link|iframe|object|form|b|chouettes|now)\b/iu);
    expect(html).not.toMatch(/\b(src|srcset|background|style|on\w+)=|url\(|@import/iu);
  }
});

test('A47: links are under the configured address, whatever a value holds', () => {
  for (const kind of KINDS) {
    const odd = Object.fromEntries(
      LETTERS[kind].map((name) => [name, name === 'token' ? '../../evil?x#y' : 'javascript:alert(1)']),
    );
    const { html, text } = drawLetter('en', house, kind, odd);
    for (const a of parse(html).querySelectorAll('a')) {
      expect(new URL(a.getAttribute('href') ?? '').origin).toBe('https://nest.example');
      expect(a.getAttribute('href')).not.toContain('/../');
    }
    expect([...text.matchAll(/https?:\S+/gu)].filter(([link]) => !link.startsWith('https://nest.example'))).toEqual([]);
  }
});

test('what is empty is left out, and the letter still reads', () => {
  const withoutApplication = drawLetter('en', house, 'sign_up', { token: 't', application: '' });
  expect(withoutApplication.text).not.toContain('Afterwards');
  expect(drawLetter('en', house, 'sign_up_refused', { reason: '' }).text).not.toMatch(/answered:|^>/mu);
  expect(drawLetter('en', house, 'sign_up_waiting', { token: 't', days: '' }).text).not.toContain('usually');
  const unknown = { login_name: 'alix', device: '', day: '2026-12-01' };
  expect(drawLetter('en', house, 'new_sign_in', unknown).text).not.toContain('The browser');
  const approved = drawLetter('en', house, 'sign_up_approved', { login_name: 'alix', application: '', address: '' });
  expect(approved.text).toContain('Sign in:\nhttps://nest.example\n');
  expect(drawLetter('en', { ...house, contact: '' }, 'gone', { login_name: 'alix' }).text).not.toContain('help');
});

test('what somebody wrote is quoted, each line of it', () => {
  const { text } = drawLetter('en', house, 'sign_up_question', valuesOf('sign_up_question'));
  expect(text).toContain('> Who told you\n> of {us}?');
});

test('a letter to an old address says all of it in both languages, each marked as such, and can be stopped', () => {
  const values = valuesOf('old_name_notice');
  const { subject, text, html, unsubscribe } = drawLetter('en', house, 'old_name_notice', values);
  expect(subject).toContain('waits for you');
  for (const words of [
    'Take back my old account',
    'Récupérer mon ancien compte',
    'no more of these',
    'Ne plus recevoir',
  ])
    expect([words, text.includes(words), html.includes(words)]).toEqual([words, true, true]);
  const parts = parse(html).querySelectorAll('section');
  expect(parts.map((part) => [part.getAttribute('lang'), part.text.includes('Récupérer')])).toEqual([
    ['en', false],
    ['fr', true],
  ]);
  expect(unsubscribe).toBe('https://nest.example/old-account/unsubscribe/a.k.st0p-_');
  expect(drawLetter('en', house, 'recovery', valuesOf('recovery')).unsubscribe).toBeUndefined();
});
