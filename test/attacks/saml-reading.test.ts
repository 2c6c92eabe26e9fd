import { expect, test } from 'vitest';
import { indented } from '../../src/saml/reading.ts';

const UNPACKED = 64 * 1024;

test('A82: a message that an administrator looks into costs no more than it is long, whatever it is', () => {
  for (const part of ['<', '<a', '<a>', '</a', '</a>', '<a b="', `<a b='>`, '<a/>', '"', '<?', '>']) {
    const text = part.repeat(UNPACKED / part.length);
    const before = process.threadCpuUsage();
    // Each tag on a line of its own, with an indentation that has an end.
    expect(indented(text).length, part).toBeLessThan(UNPACKED * 45);
    // Of the processor's time, which a busy machine does not make longer; in microseconds.
    const { user, system } = process.threadCpuUsage(before);
    expect(user + system, part).toBeLessThan(2_500_000);
  }
});

test('A82: one that closes more than it opens, or has the sign of an end in a value, is shown', () => {
  expect(indented('</a></b>')).toBe('</a>\n</b>');
  expect(indented('<a b="x/>"><c>1</c></a>')).toBe('<a b="x/>">\n  <c>1</c>\n</a>');
  expect(indented(`<a b='"'><c d="'>"/></a>`)).toBe(`<a b='"'>\n  <c d="'>"/>\n</a>`);
});
