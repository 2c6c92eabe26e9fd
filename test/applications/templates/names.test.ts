import { describe, expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { checkName, findTemplate, TEMPLATES } from '../../../src/applications/applications.ts';

/** What an application makes of the name it is told, and whether its own rule takes the result. */
type Taken = { derive: (name: string) => string; valid: (name: string) => boolean };

const same = (name: string): string => name;

const APPLICATIONS: Readonly<Record<string, Taken>> = {
  mastodon: {
    derive: (name) => (name.split('@')[0] ?? '').replaceAll(/[^a-z0-9_]+/giu, '').slice(0, 30),
    valid: (name) => /^[a-z0-9_]{1,30}$/iu.test(name) && !/^(admin|mod|mods|instance|help|helpdesk)$/iu.test(name),
  },
  pixelfed: {
    derive: same,
    valid: (name) =>
      /^[a-z0-9](?:[a-z0-9._-]{0,28})[a-z0-9]$/iu.test(name) &&
      [...name.matchAll(/[._-]/gu)].length <= 1 &&
      !/\.(php|js|css)$/iu.test(name) &&
      !/^(admin|discover|settings|timeline|i|p)$/iu.test(name),
  },
  peertube: {
    derive: (name) => name.replaceAll(/[^a-z0-9._]/gu, '_'),
    valid: (name) => /^[a-z0-9_]+([a-z0-9_.-]+[a-z0-9_]+)?$/u.test(name) && name.length <= 50,
  },
  synapse: {
    derive: (name) =>
      name
        .toLowerCase()
        .replaceAll(/[^a-z0-9._/+-]/gu, (found) => `=${found.charCodeAt(0).toString(16).padStart(2, '0')}`)
        .replace(/^_/u, '=5f'),
    valid: (name) => /^[a-z0-9._=/+-]+$/u.test(name) && !name.startsWith('_') && !/^\d+$/u.test(name),
  },
  nextcloud: {
    derive: (name) => (name.length > 64 ? 'hashed' : name),
    valid: (name) =>
      /^[a-zA-Z0-9 _.@'-]+$/u.test(name) && name.trim() === name && !['.', '..', 'files_external'].includes(name),
  },
  gitlab: {
    derive: (name) =>
      (name.split('@')[0] ?? '')
        .replaceAll(/[^a-zA-Z0-9_.-]/gu, '_')
        .replace(/(\.git|\.atom|\.)+$/iu, '')
        .replace(/^[-_.]+/u, ''),
    valid: (name) =>
      /^[a-zA-Z0-9_.][a-zA-Z0-9_.-]*$/u.test(name) &&
      !/[._-]{2}/u.test(name) &&
      !/(^|[._-])$/u.test(name) &&
      !/^(admin|api|dashboard|explore|users)$/iu.test(name),
  },
  grafana: { derive: same, valid: (name) => !name.includes('@') },
  // Synapse, Nextcloud, GitLab and Mastodon make the same of a name that came by SAML.
  flarum: { derive: same, valid: (name) => /^[a-z0-9_-]+$/iu.test(name) && name.length >= 3 && name.length <= 30 },
  seafile: { derive: same, valid: (name) => name.trim() === name && name.length <= 64 },
  generic: { derive: same, valid: (name) => /^[a-z][a-z0-9_]{2,19}$/u.test(name) },
};

const applicationOf = (id: string): string => id.replace(/-saml$/u, '');

test('every template is looked at here', () => {
  const applications = new Set(TEMPLATES.map(({ id }) => applicationOf(id)));
  expect(Object.keys(APPLICATIONS).toSorted()).toEqual([...applications].toSorted());
});

describe.each(TEMPLATES.map(({ id }) => id))('at %s', (id) => {
  const { derive, valid } = APPLICATIONS[applicationOf(id)] as Taken;
  const { rule } = findTemplate(id)?.application({ address: 'https://a.example' }) ?? {};
  if (rule === undefined) throw new Error('no rule');

  function accepted(name: string): boolean {
    try {
      return rule !== undefined && checkName(name, rule) === name;
    } catch {
      return false;
    }
  }

  test('a name that the rule lets pass is taken as it is', () => {
    const letters = fc.constantFrom(...'aAbBcCjJpPhHsSgGiItTzZ019._-@= '.split(''));
    const names = fc.oneof(
      fc.stringMatching(new RegExp(`^(?:${rule.pattern})$`, 'u')).map((name) => name.slice(0, rule.max)),
      fc.array(letters, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('')),
      fc
        .tuple(
          fc.constantFrom('a', 'bo', 'Ann'),
          fc.constantFrom('.', '-', '_'),
          fc.constantFrom('php', 'js', 'CSS', 'git', 'atom', 'x'),
        )
        .map((parts) => parts.join('')),
      fc.constantFrom('admin', 'mods', 'users', 'discover', 'helpdesk', 'api', 'i', '..', 'files_external', '123'),
    );
    let seen = 0;
    fc.assert(
      fc.property(names, (name) => {
        if (!accepted(name)) return;
        seen += 1;
        expect([name, derive(name), valid(name)]).toEqual([name, name, true]);
      }),
      { numRuns: 800 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  test('ordinary names pass', () => {
    for (const name of ['alix', 'bruno', 'grand_duc'].slice(0, applicationOf(id) === 'generic' ? 3 : 2)) {
      expect([name, accepted(name)]).toEqual([name, true]);
    }
  });
});
