import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { languages } from '../../views/text.ts';
import { fieldsOf, idsOf, tagsNamed, tagsOf } from './markup.ts';
import { frameOf, samples } from './samples.ts';

const shown = samples.flatMap((sample) =>
  languages.map((language) => {
    const frame = frameOf(language, sample.name);
    return { name: `${sample.name} (${language})`, sample, frame, html: sample.render(frame) };
  }),
);

describe.each(shown)('$name', ({ sample, frame, html }) => {
  test('is one document with one main heading and a title, in its language', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="(fr|en)">/);
    expect(html).toContain(`<html lang="${frame.language}">`);
    expect(tagsNamed(html, 'h1')).toHaveLength(1);
    expect(html).toMatch(/<title>[^<]+ – La Hulotte<\/title>/);
  });

  test('labels every field, with ids that occur once', () => {
    const ids = idsOf(html);
    expect(new Set(ids).size).toBe(ids.length);
    const labelled = new Set(tagsNamed(html, 'label').map(({ attributes }) => attributes.get('for')));
    for (const { attributes } of fieldsOf(html)) expect(labelled).toContain(attributes.get('id'));
  });

  test('describes fields by things that are there', () => {
    const ids = new Set(idsOf(html));
    const named = tagsOf(html).flatMap(({ attributes }) =>
      ['aria-describedby', 'aria-labelledby'].flatMap((name) => attributes.get(name)?.split(' ') ?? []),
    );
    for (const id of named) expect(ids).toContain(id);
  });

  test('carries no style, script or handler of its own', () => {
    for (const tag of tagsOf(html)) {
      const handlers = [...tag.attributes.keys()].filter((name) => name === 'style' || name.startsWith('on'));
      expect(handlers).toEqual([]);
      expect([tag.name, tag.attributes.get('href') ?? '']).not.toEqual([
        tag.name,
        expect.stringMatching(/^\s*javascript:/i),
      ]);
      expect(tag.name).not.toBe('style');
      if (tag.name === 'script') expect(html.slice(tag.end)).toMatch(/^<\/script>/);
    }
    expect(tagsNamed(html, 'script').map(({ attributes }) => attributes.get('src') ?? '')).toEqual(
      tagsNamed(html, 'script').map(() => expect.stringMatching(/^\/assets\/[a-z]+\.js\?v=\d+$/)),
    );
  });

  test('lets nothing from outside become markup', () => {
    const attack = `"'&lt;&<script>alert(1)</script><img src=x onerror=alert(1)>`;
    const attacked = sample.render(frame, (text) => `${text}${attack}`);
    expect(attacked).not.toContain('<script>');
    expect(attacked).not.toContain('<img src=x');
    expect(attacked).not.toMatch(/[^&]lt;&<|"'&lt;/);
    expect(tagsNamed(attacked, 'script')).toHaveLength(tagsNamed(html, 'script').length);
    expect(tagsOf(attacked).flatMap(({ attributes }) => attributes.get('onerror') ?? [])).toEqual([]);
  });

  test('turns no address with a script into a link', () => {
    const attacked = sample.render(frame, (text) => (/^https?:|@/.test(text) ? 'javascript:alert(1)' : text));
    expect(attacked).not.toMatch(/href="\s*javascript:/i);
  });
});

const failing = shown.filter(({ name }) => name.includes('-errors'));

test.each(failing)('$name shows each error on top and at its field', ({ html, frame }) => {
  expect(html).toMatch(frame.language === 'fr' ? /<title>Erreur\u00a0: / : /<title>Error: /);
  expect(html).toContain(frame.t('form.problem'));
  const ids = new Set(idsOf(html));
  const links = [...html.matchAll(/<li><a href="#([^"]+)">/g)].map((match) => match[1] ?? '');
  expect(links.length).toBeGreaterThan(0);
  for (const id of links) {
    expect(ids).toContain(id);
    expect(ids).toContain(`${id}-error`);
    const describing = tagsOf(html).filter(({ attributes }) =>
      attributes.get('aria-describedby')?.split(' ').includes(`${id}-error`),
    );
    expect(describing.length).toBeGreaterThan(0);
  }
  expect(html.indexOf('role="alert"')).toBeLessThan(html.indexOf('<h1'));
});

test('a page without errors says nothing of errors in its title', () => {
  const html = shown.find(({ name }) => name === 'sign-in (en)')?.html;
  expect(html).toContain('<title>Sign in to La Hulotte – La Hulotte</title>');
});

test('the return key never takes a suggestion or goes back: the first button of each form does what the form is for', () => {
  const create = shown.find(({ name }) => name === 'create-errors (en)')?.html ?? '';
  const pick = shown.find(({ name }) => name === 'pick-several (en)')?.html ?? '';
  const first = (html: string) => {
    const main = html.slice(html.indexOf('<main'));
    return tagsNamed(main, 'button')[0]?.attributes.get('name');
  };
  expect(first(create)).toBeUndefined();
  expect(first(pick)).toBeUndefined();
});

test('passwords are never written back into a page', () => {
  for (const { html } of shown) {
    const passwords = fieldsOf(html).filter(({ attributes }) => attributes.get('type') === 'password');
    for (const { attributes } of passwords) expect(attributes.has('value')).toBe(false);
  }
});

test('passwords are masked, and say to password managers which they are', () => {
  const names = ['password', 'current'];
  const passwords = shown.flatMap(({ html }) =>
    fieldsOf(html).filter(({ attributes }) => names.includes(attributes.get('name') ?? '')),
  );
  expect(passwords.length).toBeGreaterThan(10);
  for (const { attributes } of passwords) {
    expect(attributes.get('type')).toBe('password');
    expect(attributes.get('autocomplete')).toMatch(/^(current|new)-password$/u);
    expect(attributes.has('maxlength')).toBe(false);
  }
});

test('no script of ours listens to what somebody pastes', () => {
  const assets = path.join(ROOT, 'views/assets');
  const scripts = readdirSync(assets).filter((file) => file.endsWith('.js'));
  expect(scripts).toContain('aluco.js');
  // The solver of the library runs in a worker, where there is no page.
  for (const file of scripts.filter((name) => name !== 'work-solver.js'))
    expect(readFileSync(path.join(assets, file), 'utf8')).not.toMatch(/paste|beforeinput|clipboardData/iu);
});

test('navigation is for those signed in, administration for administrators', () => {
  const named = (name: string) => shown.find((one) => one.name === name)?.html ?? '';
  expect(named('sign-in (en)')).not.toContain('/sign-out');
  expect(named('home (en)')).toContain('action="/sign-out"');
  expect(named('home (en)')).not.toContain('href="/admin');
  expect(named('admin-groups (en)')).toContain('href="/admin/groups" aria-current="page"');
});
