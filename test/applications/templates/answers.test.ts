import { describe, expect, test } from 'vitest';
import {
  findTemplate,
  fromTemplate,
  instructionsOf,
  placeOf,
  TEMPLATES,
  type Template,
} from '../../../src/applications/applications.ts';
import { checkClient } from '../../../src/applications/client-settings.ts';
import { checkServiceProvider } from '../../../src/applications/service-provider-settings.ts';
import { checkApplication } from '../../../src/applications/settings.ts';
import { SettingsProblem } from '../../../src/errors.ts';
import { sourceForTemplate } from '../../../src/legacy/legacy.ts';
import { samlPlace } from '../../saml-place.ts';

const PLACE = placeOf({ ALUCO_URL: 'https://id.example', ALUCO_NAME: 'Le Nid', ALUCO_ALIAS_DOMAIN: 'relay.example' });
const REDIRECT = 'https://app.example/callback';
const SAML = await samlPlace('https://id.example');

const known = (id: string): Template => {
  const template = findTemplate(id);
  if (template === undefined) throw new Error(`no template ${id}`);
  return template;
};

const make = (id: string, answers: Record<string, string>, more: { name?: string; people?: string } = {}) =>
  fromTemplate(known(id), { name: 'Ours', people: 'none', ...more, answers }, PLACE);

/** `field code` for everything that is refused. */
function problemsOf(act: () => unknown): string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof SettingsProblem)) throw error;
    return error.fields.map(({ field, code }) => `${field} ${code}`);
  }
}

describe.each(TEMPLATES.map(({ id }) => id))('%s', (id) => {
  const answers = {
    address: 'https://app.example',
    redirect: REDIRECT,
    entity: 'urn:example:app',
    consumer: 'https://app.example/acs',
  };

  test('asks for little, and what follows from the answers is accepted as it is', () => {
    expect(known(id).questions.length).toBeLessThanOrEqual(id === 'generic-saml' ? 6 : 4);
    const made = make(id, answers);
    const { application } = made;
    expect(checkApplication(application)).toEqual(application);
    if (made.protocol === 'oidc') expect(checkClient(made.client)).toEqual(made.client);
    else expect(checkServiceProvider(made.serviceProvider)).toEqual(made.serviceProvider);
    expect([made.protocol, id.endsWith('-saml')]).toEqual([made.protocol, made.protocol === 'saml']);
    expect(application).toMatchObject({
      entry: { kind: 'nobody' },
      people: 'none',
      homeUrl: 'https://app.example/',
      senderDomains: ['app.example'],
      template: { id },
    });
  });

  test('says all that is wrong at once, and takes nobody for granted', () => {
    const asked = known(id).questions.filter(({ preset, optional }) => preset === undefined && optional === undefined);
    const wrong = problemsOf(() => make(id, {}, { name: ' ', people: '' }));
    expect(wrong.map((line) => line.split(' ', 1)[0])).toEqual(['name', ...asked.map(({ key }) => key), 'people']);
    expect(problemsOf(() => make(id, answers, { people: 'imported' }))).toEqual(['people choice_required']);
  });

  test('fills its instructions with any answer that is accepted', () => {
    for (const button of [`'"\\ $ # %{x} #{1} é`, ' spaces ', '${HOME}', 'a/b', "it's \\n"]) {
      const made = (() => {
        try {
          return make(id, { ...answers, button });
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsProblem);
          return undefined;
        }
      })();
      if (made === undefined) continue;
      const isSaml = made.protocol === 'saml';
      const blocks = instructionsOf(
        made.application,
        isSaml
          ? { protocol: 'saml', place: PLACE, saml: SAML }
          : { protocol: 'oidc', place: PLACE, clientId: 'the-client', secret: 'the-secret' },
      );
      const text = JSON.stringify(blocks);
      const values = isSaml ? [] : ['the-client', 'the-secret'];
      for (const value of [...values, 'https://id.example']) expect(text).toContain(value);
      expect(text).not.toContain('undefined');
    }
  });
});

test.each([
  ['http://app.example', 'url_invalid'],
  ['app.example', 'url_invalid'],
  ['', 'url_invalid'],
  ['https://user:secret@app.example', 'url_invalid'],
  ['https://app.example/?x', 'url_invalid'],
  ['https://app.example/#x', 'url_invalid'],
  ['https://app.example/\nX=1', 'url_invalid'],
  ['javascript:alert(1)', 'url_invalid'],
  [`https://app.example/${'a'.repeat(300)}`, 'url_invalid'],
  ['https://app.example/social', 'address_with_path'],
])('Mastodon is not at %s', (address, code) => {
  expect(problemsOf(() => make('mastodon', { address }))).toEqual([`address ${code}`]);
});

test.each([
  ['https://APP.example:443/', 'https://app.example'],
  [' https://app.example/cloud/ ', 'https://app.example/cloud'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://[::1]:3000/x', 'http://[::1]:3000/x'],
])('the address %s is kept as %s', (address, kept) => {
  expect(make('nextcloud', { address }).application.template?.answers['address']).toBe(kept);
});

test.each([
  ['a line\nand another', 'answer_line'],
  ['a\0b', 'answer_line'],
  ['a\u2028b', 'answer_line'],
  ['a\u0085b', 'answer_line'],
  ['half \ud800', 'answer_line'],
  ['x'.repeat(101), 'answer_too_long'],
])('a button %j is refused by each of them', (button, code) => {
  for (const { id } of TEMPLATES.filter(({ questions }) => questions.some(({ key }) => key === 'button'))) {
    expect(problemsOf(() => make(id, { address: 'https://app.example', button }))).toEqual([`button ${code}`]);
  }
});

test.each([
  ['mastodon', `it's \\n`],
  ['mastodon', 'ends with \\'],
  ['grafana', '${HOME}'],
  ['grafana', '%(app_mode)s'],
  ['nextcloud', 'a/b'],
  ['nextcloud', '..'],
  ['mastodon-saml', `it's \\n`],
  ['mastodon-saml', 'a: b'],
  ['mastodon-saml', 'nest #1'],
  ['mastodon-saml', '2026-11-21'],
  ['mastodon-saml', 'off'],
])('what the settings of %s cannot carry is refused: %s', (id, button) => {
  const act = () => make(id, { address: 'https://app.example', button });
  expect(problemsOf(act)).toEqual(['button answer_unwritable']);
});

test.each([
  [{ entity: 'two words' }, 'entity entity_id_invalid'],
  [{ entity: '' }, 'entity entity_id_invalid'],
  [{ entity: 'x'.repeat(501) }, 'entity entity_id_invalid'],
  [{ consumer: 'ftp://x.example/acs' }, 'consumer url_invalid'],
  [{ consumer: 'app.example/acs' }, 'consumer url_invalid'],
  [{ logout: 'javascript:alert(1)' }, 'logout url_invalid'],
  [{ nameid: 'kerberos' }, 'nameid choice_required'],
])('of an application by SAML that we know nothing of, %j is refused', (wrong, problem) => {
  const right = { address: 'https://app.example', entity: 'urn:example:app', consumer: 'https://app.example/acs' };
  expect(problemsOf(() => make('generic-saml', right))).toEqual([]);
  expect(problemsOf(() => make('generic-saml', { ...right, ...wrong }))).toEqual([problem]);
});

test('mail may come from the domain of the application; a bare number and this machine are no domain', () => {
  for (const host of ['192.0.2.1', '[2001:db8::1]']) {
    expect(make('mastodon', { address: `https://${host}` }).application.senderDomains).toEqual([]);
  }
  expect(make('mastodon', { address: 'http://localhost:3000' }).application.senderDomains).toEqual([]);
});

test('answers of an older version of a template still give instructions', () => {
  for (const { id, protocol } of TEMPLATES) {
    const blocks = instructionsOf(
      { template: { id, answers: { address: 'https://a.example' } } },
      protocol === 'saml'
        ? { protocol, place: PLACE, saml: SAML }
        : { protocol, place: PLACE, clientId: 'c', secret: 's' },
    );
    expect([id, (blocks ?? []).length > 1]).toEqual([id, true]);
  }
});

test('who says that people are there already is told to import and link them, and nobody to attach one by hand', () => {
  const keysFor = (id: string, people?: 'none' | 'awaited' | 'imported'): string[] => {
    const application = { template: { id, answers: { address: 'https://a.example' } }, ...(people && { people }) };
    const blocks = instructionsOf(
      application,
      known(id).protocol === 'saml'
        ? { protocol: 'saml', place: PLACE, saml: SAML }
        : { protocol: 'oidc', place: PLACE, clientId: 'c', secret: 's' },
    );
    return (blocks ?? []).flatMap(({ kind, lines }) => (kind === 'steps' ? lines.map(({ key }) => key) : []));
  };
  const linked = TEMPLATES.filter(({ id }) => Object.keys(sourceForTemplate(id).link).length > 0).map(({ id }) => id);
  expect(linked).toEqual(expect.arrayContaining(['mastodon', 'mastodon-saml', 'pixelfed', 'gitlab']));
  for (const id of linked) {
    const byHand = keysFor(id, 'none').filter((key) => /\.attach(?:_row)?$/u.test(key));
    expect(byHand).not.toEqual([]);
    expect(keysFor(id)).toEqual(keysFor(id, 'none'));
    for (const people of ['awaited', 'imported'] as const) {
      const keys = keysFor(id, people);
      expect(keys).toEqual(expect.arrayContaining(['admin.template.existing_import', 'admin.template.existing_link']));
      expect(keys.filter((key) => byHand.includes(key))).toEqual([]);
    }
  }
  expect(keysFor('mastodon', 'awaited')).toContain('admin.template.mastodon.reattach');
  expect(keysFor('nextcloud', 'awaited')).toEqual(keysFor('nextcloud', 'none'));
});
