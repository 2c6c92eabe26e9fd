import { createHash, getHashes } from 'node:crypto';
import { expect, test } from 'vitest';
import { identityOf } from '../../src/legacy/identity.ts';
import { newAliasLocal } from '../../src/profiles/profile.ts';
import { randomId } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';
import { HERON, openOldPlace } from './place.ts';

/** What somebody who knows our program would try who is told the subject, and wants the relay address. */
function reckonedFrom(subject: string): Set<string> {
  const texts = ['', 'alias:', 'old name:', 'alias', 'relay:'].map((before) => `${before}${subject}`);
  const digests = getHashes().flatMap((hash) =>
    texts.flatMap((text) => {
      try {
        return [createHash(hash).update(text).digest()];
      } catch {
        return [];
      }
    }),
  );
  const parts = digests.flatMap((digest) =>
    Array.from({ length: Math.max(0, digest.length - 9) }, (_, at) => digest.subarray(at, at + 10)),
  );
  const formed = parts.map((part) =>
    BigInt(`0x${part.toString('hex')}`)
      .toString(36)
      .padStart(16, '0'),
  );
  return new Set([...formed, identityOf({ seed: subject }).aliasLocal, identityOf({ seed: subject }).subject]);
}

onBothEngines('what an old name is known by', (ground) => {
  test('is fixed at import, and from its subject nobody reckons the relay address that its application is not told', async () => {
    const place = await openOldPlace(ground(), { email: 'none' });
    await place.importNames([place.heron, { name: 'owl' }]);
    const fixed = identityOf((await place.old('heron'))?.secret ?? { seed: '' });
    const { alix, meadow, network, reclaim } = place;
    const given = { name: 'heron', password: HERON.password, network };
    const { id, subject, aliasLocal } = await reclaim.withPassword(alix.id, meadow, given);
    expect({ subject, aliasLocal }).toEqual(fixed);
    expect(aliasLocal).toMatch(/^[0-9a-z]{16}$/u);
    expect(reckonedFrom(subject)).not.toContain(aliasLocal);

    // What both follow from stands nowhere in the clear, and in nothing that the profile's row says.
    const { seed } = (await place.old('heron'))?.secret ?? { seed: '' };
    const { storage } = ground();
    const rows = [
      ...(await storage.read.select().from(storage.tables.legacyProfile)),
      ...(await storage.read.select().from(storage.tables.profile)),
    ];
    expect(seed).toHaveLength(22);
    expect(JSON.stringify(rows)).not.toContain(seed);
    expect(JSON.stringify(await place.profiles.own(alix.id, id))).not.toContain(seed);
  });
});

test('subjects and relay addresses of old names look like all others', () => {
  const many = Array.from({ length: 2000 }, () => identityOf({ seed: randomId() }));
  for (const { subject, aliasLocal } of many) {
    expect(subject).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/u);
    expect(aliasLocal).toMatch(/^[0-9a-z]{16}$/u);
  }
  expect(new Set(many.flatMap(({ subject, aliasLocal }) => [subject, aliasLocal])).size).toBe(4000);
  expect(newAliasLocal()).toMatch(/^[0-9a-z]{16}$/u);
});
