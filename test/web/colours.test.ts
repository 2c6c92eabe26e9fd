import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { ROOT } from '../../src/config.ts';
import { SCHEMES, shadesOf, styleOf, veiled } from '../../src/web/colours.ts';

const css = readFileSync(path.join(ROOT, 'views/assets/aluco.css'), 'utf8');
const layer = css.slice(css.indexOf('@layer tokens {'), css.indexOf('@layer base {'));
const [light = '', dark = ''] = layer.split('@media (prefers-color-scheme: dark)');

/** The tokens of one scheme as the stylesheet has them. */
function tokens(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/--([\w-]+): ([^;]+);/gu)].map(([, name = '', value = '']) => [name, value]),
  );
}

const OURS = { light: tokens(light), dark: tokens(dark) };

/** WCAG's contrast, as its text defines it. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [a, b] = [luminance(one) + 0.05, luminance(other) + 0.05];
  return Math.max(a, b) / Math.min(a, b);
}

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

/** Colours that are on the edge of something. */
const EDGES = ['#000000', '#ffffff', '#808080', '#ff0000', '#00ff00', '#0000ff', '#ffff00', '#00ffff', '#ff00ff'];

describe.each(['light', 'dark'] as const)('any colour of the house, %s', (name) => {
  const ours = OURS[name];
  const scheme = SCHEMES[name];

  test('stands on the grounds that the stylesheet has', () => {
    for (const [token, value] of Object.entries(scheme.grounds)) expect([token, ours[token]]).toEqual([token, value]);
    expect(css).toContain('rgb(128 132 160 / 0.14)');
    expect(css).not.toMatch(/rgb\(128 132 160 \/ 0\.(1[5-9]|[2-9])/u);
  });

  test('gives shades that can be read wherever they are put, and that others can be read on', () => {
    const check = (chosen: string): void => {
      const shades = shadesOf(chosen, scheme);
      for (const value of Object.values(shades)) expect(value).toMatch(/^#[0-9a-f]{6}$/u);
      const grounds = [...Object.values(scheme.grounds), shades.sky];
      for (const ground of [...grounds, ...grounds.map(veiled)]) {
        for (const text of [shades.link, shades['link-hover'], shades.act, shades['act-hover'], shades['act-active']])
          expect(contrast(text, ground), `${text} on ${ground}, from ${chosen}`).toBeGreaterThanOrEqual(4.5);
      }
      for (const button of [shades.act, shades['act-hover'], shades['act-active']])
        expect(contrast(shades['on-act'], button), `on ${button}, from ${chosen}`).toBeGreaterThanOrEqual(4.5);
      for (const text of [ours['ink'], ours['soft']])
        expect(contrast(text ?? '', shades.sky), `${text} on the sky, from ${chosen}`).toBeGreaterThanOrEqual(4.5);
      expect(new Set([shades.act, shades['act-hover'], shades['act-active']]).size, chosen).toBe(3);
    };
    for (const edge of EDGES) check(edge);
    fc.assert(fc.property(colour, check), { numRuns: 400 });
  });
});

test('the stylesheet of a colour sets tokens of ours and nothing else', () => {
  const style = styleOf('#7a3e12');
  const declared = [...style.matchAll(/--([\w-]+):(#[0-9a-f]{6})/gu)].map(([, token = '']) => token);
  expect(declared).toHaveLength(16);
  for (const token of declared) expect([token, css.includes(`var(--${token})`)]).toEqual([token, true]);
  expect(style.replaceAll(/--[\w-]+:#[0-9a-f]{6};?/gu, '')).toBe(':root{}@media (prefers-color-scheme:dark){:root{}}');
});

test('a colour that can be read as it is stays as it is', () => {
  expect(shadesOf('#7a3e12', SCHEMES.light).act).toBe('#7a3e12');
  expect(shadesOf('#f2b755', SCHEMES.dark).act).toBe('#f2b755');
});
