import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { CROSSINGS } from '../../src/profiles/ownership.ts';

type Source = { readonly file: string; readonly text: string };

/** All sources of the program, without their comments. */
function sources(): Source[] {
  const folder = path.join(ROOT, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/u.test(file))
    .map((file) => ({
      file,
      text: readFileSync(path.join(folder, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gmu, ''),
    }));
}

/** The files in which a pattern stands. */
function filesWith(pattern: RegExp): string[] {
  return sources()
    .filter(({ text }) => pattern.test(text))
    .map(({ file }) => file);
}

test('only ownership.ts crosses between an account and its profiles', () => {
  expect(filesWith(/\b(open|seal|sealPadded)\(\s*['"`](holding|profile-owner)['"`]/u)).toEqual([
    'profiles/ownership.ts',
  ]);
  expect(filesWith(/\btags?\(\s*['"`]holding['"`]/u)).toEqual(['profiles/ownership.ts']);
  expect(filesWith(/\bmakeHoldingStore\b/u).toSorted()).toEqual(['profiles/ownership.ts', 'profiles/store.ts']);
  // Whoever reaches for the table itself.
  expect(filesWith(/\btables\.holding\b|\{[^{}]*\bholding\b[^{}]*\} = (?:storage\.)?tables\b/u)).toEqual([
    'profiles/store.ts',
  ]);
});

test('what service providers were told is opened where they ask for it, and by nobody else', () => {
  expect(filesWith(/\b(open|seal|sealPadded)\(\s*['"`]saml-session['"`]/u)).toEqual(['saml/sessions.ts']);
  expect(filesWith(/\btables\.samlSession\b|\{[^{}]*\bsamlSession\b[^{}]*\} = (?:storage\.)?tables\b/u)).toEqual([
    'saml/sessions.ts',
  ]);
  // Whose profile it is stands in the grant alone: these rows name the session, and no account.
  expect(sources().find(({ file }) => file === 'saml/sessions.ts')?.text).not.toMatch(/account/iu);
});

test('an old name is opened in its own room, which crosses to nobody: a name that is proven is handed to the profiles', () => {
  expect(filesWith(/\b(seal|sealPadded)\(\s*['"`]legacy-profile['"`]/u)).toEqual(['legacy/sealing.ts']);
  expect(filesWith(/\bopen\(\s*['"`]legacy-profile['"`]/u)).toEqual(['legacy/secret.ts']);
  expect(filesWith(/\btags?\(\s*['"`]legacy-address['"`]/u)).toEqual(['legacy/address-tag.ts']);
  expect(filesWith(/\btags?\(\s*['"`]legacy-told['"`]/u)).toEqual(['legacy/notices.ts']);
  const reaching = filesWith(/\btables\.legacyProfile\b|\{[^{}]*\blegacyProfile\b[^{}]*\} = (?:storage\.)?tables\b/u);
  expect(reaching.length).toBeGreaterThan(2);
  expect(reaching.filter((file) => !file.startsWith('legacy/'))).toEqual([]);
  // Who takes a name back is an account's id in a call; in what is kept of a name there is no room for one.
  const room = sources().filter(({ file }) => file.startsWith('legacy/'));
  expect(room.find(({ file }) => file === 'legacy/secret.ts')?.text).not.toMatch(/account|owner/iu);
  expect(room.filter(({ text }) => /\bownership\b|\bmakeOwnership\b/u.test(text)).map(({ file }) => file)).toEqual([]);
  expect(filesWith(/\bownership\.\w+\(\s*'receive'/u)).toEqual(['profiles/receive.ts']);
});

test('no value is opened for a purpose that the source does not name', () => {
  // A purpose in a variable would let any file open a holding unseen.
  const openings = sources().flatMap(({ file, text }) =>
    [...text.matchAll(/\bseals\.(?:open|seal|sealPadded|tags?)\(\s*([^,)]+)/gu)].map(([, purpose]) => ({
      file,
      purpose,
    })),
  );
  expect(openings.length).toBeGreaterThan(20);
  expect(openings.filter(({ purpose }) => !/^'[a-z-]+'$/u.test(purpose ?? ''))).toEqual([]);
});

test('keys are lent to the thread that imports old names, for what it seals and tags there, and to nobody else', () => {
  const lendings = sources().flatMap(({ file, text }) =>
    [...text.matchAll(/\.lend\(([^)]*)\)/gu)].map(([, purposes]) => ({ file, purposes: purposes?.trim() })),
  );
  expect(lendings).toEqual([
    { file: 'legacy/batch-work.ts', purposes: "{ seals: ['legacy-profile'], tags: ['legacy-address'] }" },
  ]);
});

test('every crossing has a reason on the list, and every reason on the list is used', () => {
  const used = sources()
    .filter(({ file }) => file.startsWith('profiles/'))
    .flatMap(({ text }) => [
      ...[...text.matchAll(/\bownership\.(?:read|readAll|write|change|owner)\(\s*'([a-z]+)'/gu)].map(([, why]) => why),
      ...[...text.matchAll(/\bchangeHolding\(\s*'([a-z]+)'/gu)].map(([, why]) => why),
    ]);
  expect(new Set(used)).toEqual(new Set(Object.keys(CROSSINGS)));
});
