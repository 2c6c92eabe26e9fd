import unhomoglyph from 'unhomoglyph';

/** Far more rounds than any text needs (two or three); only there so that the loop visibly ends. */
const ROUNDS = 16;

function untilStable(text: string, step: (text: string) => string): string {
  let form = text;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = step(form);
    if (next === form) return form;
    form = next;
  }
  return form;
}

/**
 * Full case folding. Lower case alone keeps ß apart from SS, upper case alone keeps ẞ apart from ß; down, up and down
 * again agrees on `ss`. JavaScript writes a sigma at the end of a word differently: that one is undone by hand.
 */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/**
 * The form in which names are compared exactly: compatibility-composed (NFKC, UAX 15), case folded, without space
 * around it. Two texts with the same form are the same name. Idempotent. The caller caps the length.
 *
 * One letter goes further than Unicode's folding: the dotless ı is an i, since its capital is I.
 */
export function canonicalName(text: string): string {
  // Of ASCII, composed forms are itself and folding is lower case.
  if (isPlain(text)) return text.toLowerCase().trim();
  return untilStable(text, (form) => foldCase(form.normalize('NFKC')).normalize('NFKC').trim());
}

const isPlain = (text: string): boolean => /^[\0-\x7f]*$/u.test(text);

/** What each visible character of ASCII looks like: there, a name looks like its characters, one after the other. */
let plainShapes: readonly string[] | undefined;

function plainShape(text: string): string {
  plainShapes ??= Array.from({ length: 128 }, (_, code) => shapeOfAny(String.fromCharCode(code)));
  let shape = '';
  for (let index = 0; index < text.length; index += 1) shape += plainShapes[text.charCodeAt(index)];
  return shape;
}

/**
 * Names the rules behind `shapeOf`. A new version adds shapes and removes none: keep the old function beside the new
 * one, let a new name need a free shape under *every* version, write its shape under every version, and once, in a
 * migration of the data, add the new shape of each name that is still known. Names that are known only by an old shape
 * (their owner is gone) stay guarded by the old version alone, which is why it can never go.
 */
export const SHAPE_VERSION = '1';

/**
 * What a name looks like: two names of one shape are too alike to belong to two people (P3). It is the skeleton of
 * UTS 39 (version 1: the tables of unhomoglyph 1.0.6) taken of the canonical form, with three additions: separators do
 * not count; i, l, 1 and I are one, because a folded I is an i and yet looks like an l; invisible characters and the
 * dot that an i has anyway are dropped. Idempotent. Not for display, and it may be empty. The caller caps the length.
 */
export function shapeOf(text: string): string {
  return /^[!-~]*$/u.test(text) ? plainShape(text) : shapeOfAny(text);
}

function shapeOfAny(text: string): string {
  return untilStable(text, (form) =>
    canonicalName(
      unhomoglyph(
        canonicalName(form)
          .normalize('NFD')
          .replace(/\p{Default_Ignorable_Code_Point}/gu, ''),
      ),
    )
      .normalize('NFD')
      .replaceAll('i', 'l')
      .replace(/l\u0307/gu, 'l')
      .replace(/[_.-]/gu, ''),
  );
}
