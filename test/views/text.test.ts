import { readdirSync, readFileSync } from 'node:fs';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_LOG_KINDS } from '../../src/accounts/accounts.ts';
import { ANSWERS, REGISTER_KINDS, UNTOLD } from '../../src/register/register.ts';
import { TEMPLATES } from '../../src/applications/applications.ts';
import en from '../../views/locales/en.json' with { type: 'json' };
import fr from '../../views/locales/fr.json' with { type: 'json' };
import { messageFor, translator } from '../../views/text.ts';
import { OUTCOMES } from '../../src/journey/sign-in-entry.ts';
import { REASONS } from '../../src/mail/policy/policy.ts';

const keys = Object.keys(en).filter((key): key is keyof typeof en => key in fr);

type Part = ReturnType<IntlMessageFormat['getAst']>[number];

/** The parser's number for plain words. */
const literal = 0;

function parts(elements: readonly Part[]): readonly Part[] {
  return elements.flatMap((element) => [
    element,
    ...('options' in element ? Object.values(element.options).flatMap((option) => parts(option.value)) : []),
  ]);
}

function parsed(sentence: string): readonly Part[] {
  return parts(new IntlMessageFormat(sentence, 'en', undefined, { ignoreTag: true }).getAst());
}

function parameters(sentence: string): readonly string[] {
  const named = parsed(sentence).flatMap((part) => (part.type !== literal && 'value' in part ? part.value : []));
  return [...new Set(named)].sort();
}

function words(sentence: string): string {
  return parsed(sentence)
    .flatMap((part) => (part.type === literal && 'value' in part ? part.value : []))
    .join('…');
}

describe('the two languages', () => {
  test('have the same sentences, in the same order, none empty', () => {
    expect(Object.keys(fr)).toEqual(Object.keys(en));
    for (const key of keys) expect([key, en[key].trim() !== '', fr[key].trim() !== '']).toEqual([key, true, true]);
  });

  test('take the same parameters', () => {
    for (const key of keys) expect([key, parameters(fr[key])]).toEqual([key, parameters(en[key])]);
  });

  test('say nothing of the machinery to people who do not administer', () => {
    const forbidden = {
      en: /\b(journeys?|alias(es)?|mailbox(es)?|claims?|clients?|providers?|subjects?|oidc|saml|faces?)\b/i,
      fr: /\b(parcours|alias|clients?|fournisseurs?|oidc|saml|visages?)\b/i,
    };
    for (const key of keys.filter((one) => !one.startsWith('admin.'))) {
      expect([key, words(en[key])]).not.toEqual([key, expect.stringMatching(forbidden.en)]);
      expect([key, words(fr[key])]).not.toEqual([key, expect.stringMatching(forbidden.fr)]);
    }
  });

  test('are set as their readers expect', () => {
    for (const key of keys) {
      expect([key, words(en[key])]).not.toEqual([key, expect.stringMatching(/'|"/)]);
      expect([key, words(fr[key])]).not.toEqual([key, expect.stringMatching(/'|"|(?<!\u202f)[?!;]/)]);
      expect([key, words(fr[key])]).not.toEqual([key, expect.stringMatching(/(?<!\u00a0|https?|data):/)]);
    }
  });
});

/** The text of every source file of a folder. */
function sourcesUnder(folder: string): readonly string[] {
  const root = new URL(folder, import.meta.url);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(new URL(path, root), 'utf8'));
}

/** Every code that a source names: thrown, given a status, or told of a field of a form. */
function codesIn(source: string): readonly string[] {
  const tables = [...source.matchAll(/const CODES\b[^{]*\{([^}]*)\}/g)].map(([, table = '']) => table);
  const choices = [...source.matchAll(/function errorCode\b[^{]*\{(.*?)\n\}/gs)].map(([, body = '']) => body);
  return [
    ...source.matchAll(/new UserError\(\s*'([a-z_]+)'/g),
    ...source.matchAll(/\bcode(?:: |\) => .*)'([a-z_]+)'/g),
    ...source.matchAll(/^ {4}case '([a-z]+_[a-z_]+)':$/gm),
    ...tables.flatMap((table) => [...table.matchAll(/: '([a-z_]+)'/g)]),
    ...choices.flatMap((body) => [...body.matchAll(/(?:return|[?:]) '([a-z_]+)'/g)]),
  ].flatMap(([, code = '']) => code);
}

test('every sentence that a template names is there', () => {
  const named = sourcesUnder('../../src/applications/templates/').flatMap((source) =>
    [...source.matchAll(/'(admin\.[a-z_.]+)'/g)].map(([, key = '']) => key),
  );
  expect(named.length).toBeGreaterThan(10 * TEMPLATES.length);
  expect(named.filter((key) => !(key in en))).toEqual([]);
});

test('every reason and every remark of SAML is said in both languages', () => {
  const sources = sourcesUnder('../../src/saml/').join('\n');
  const named = (pattern: RegExp, table: string): string[] =>
    [...sources.matchAll(pattern)].map(([, word = '']) => `admin.saml.${table}.${word}`);
  const reasons = named(/(?:\b(?:refuse|refuseMetadata|problem)\(\s*|reason: )'([a-z_]+)'/g, 'reason');
  const remarks = named(/\bremark\(\s*'([a-z_]+)'/g, 'remark');
  expect(reasons.length).toBeGreaterThan(60);
  expect(remarks.length).toBeGreaterThan(10);
  expect([...reasons, ...remarks].filter((key) => !(key in en))).toEqual([]);
});

test('everything that can be refused is said in both languages', () => {
  // Words of the libraries, which no person is shown, and of warnings, which have sentences of their own.
  const foreign = new Set(['custom', 'certificate_ends']);
  const codes = new Set(
    sourcesUnder('../../src/')
      .flatMap(codesIn)
      .filter((code) => !foreign.has(code)),
  );
  expect([...codes]).toEqual(
    expect.arrayContaining(['csrf', 'icon_invalid', 'return_address_unknown', 'entry_refused']),
  );
  const silent = [...codes].filter((code) => !(`error.${code}` in en) || !(`error.${code}` in fr));
  expect(silent).toEqual([]);
});

describe('the translator', () => {
  test('fills in parameters and counts', () => {
    expect(translator('en')('error.try_later', { seconds: 1 })).toBe('Too many attempts. Try again in 1 second.');
    expect(translator('fr')('error.try_later', { seconds: 30 })).toContain('dans 30 secondes');
  });

  test('leaves what looks like markup alone', () => {
    expect(translator('en')('pick.continue_as', { name: '<b>{x}</b>' })).toBe('Continue as <b>{x}</b>');
  });

  test('refuses a sentence without its parameters', () => {
    expect(() => translator('en')('pick.continue_as')).toThrow();
  });

  test('reads an unknown code, or one without its parameters, as an internal error', () => {
    const t = translator('en');
    expect(messageFor(t, 'no_such_code')).toBe(t('error.internal'));
    expect(messageFor(t, 'name_too_short')).toBe(t('error.internal'));
    expect(messageFor(t, '__proto__')).toBe(t('error.internal'));
    expect(messageFor(t, 'name_too_short', { min: 3 })).toBe('The name needs at least 3 characters.');
  });
});

test('every sentence is used by a page, or meant for those who fill the pages', () => {
  const folders = ['../../views/', '../../src/web/', '../../src/commands/', '../../src/applications/templates/'];
  const sources = folders.flatMap(sourcesUnder).join('\n');
  const given =
    /^(error|event|happened|notice|receives|fact|rule|status)\.|^admin\.(client\.notice_|application\.rule_(own|everywhere)$|saml\.(reason|remark|status)\.)|^moderation\.(source_|(action|title|means|inside_hint)\.)|^mail\.(profile|appeal)_/;
  const outcomes = new Set<string>(OUTCOMES.map((outcome) => `admin.signin.${outcome}`));
  const reasons = new Set<string>(
    REASONS.flatMap((one) => [`admin.senders.reason.${one}`, `admin.senders.advice.${one}`]),
  );
  expect([...reasons].filter((key) => !Object.hasOwn(en, key))).toEqual([]);
  const ofTheRegister = new Set<string>([
    ...ACCOUNT_LOG_KINDS.map((kind) => `account_log.kind.${kind}`),
    ...REGISTER_KINDS.map((kind) => `admin.register.kind.${kind}`),
    ...ANSWERS.map((answer) => `admin.register.answer.${answer}`),
    ...UNTOLD.map((why) => `admin.register.why_${why}`),
  ]);
  expect([...ofTheRegister].filter((key) => !Object.hasOwn(en, key))).toEqual([]);
  // Those of which a source writes the beginning, and takes the end from a list of its own.
  const begun = [...sources.matchAll(/`([a-z]+(?:\.[a-z_]+)*[._])\$\{/g)].map(([, beginning = '']) => beginning);
  const isGiven = (key: string): boolean =>
    given.test(key) ||
    outcomes.has(key) ||
    reasons.has(key) ||
    ofTheRegister.has(key) ||
    begun.some((beginning) => key.startsWith(beginning));
  expect(keys.filter((key) => !isGiven(key) && !sources.includes(`'${key}'`))).toEqual([]);
});
