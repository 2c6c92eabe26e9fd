import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { makeSamlKeys } from '../../src/saml/keys.ts';
import { openHouse } from '../house.ts';

const DAY = 86_400_000;

test('the log warns once a day before the certificate ends, and says in how many days', async () => {
  const stream = new PassThrough();
  let said = '';
  stream.on('data', (chunk) => (said += String(chunk)));
  let now = Date.UTC(2026, 10, 27, 12);
  const house = await openHouse({ log: makeLog('info', stream), now: () => now });
  const warnings = (): unknown[] =>
    said
      .split('\n')
      .filter((line) => line.includes('certificate_ends'))
      .map((line) => (JSON.parse(line) as { days: unknown }).days);
  try {
    const { storage, seals, saml } = house.parts;
    await saml.maintainKeys();
    const keys = makeSamlKeys({ storage, seals, name: 'localhost', now: () => now });
    const { signing } = await keys.current();
    now += DAY;
    await saml.maintainKeys();
    expect(warnings()).toEqual([]);
    now = signing.notAfter - 80 * DAY;
    await saml.maintainKeys();
    now += DAY / 24;
    await saml.maintainKeys();
    expect(warnings()).toEqual([80]);
    now += DAY;
    await saml.maintainKeys();
    expect(warnings()).toEqual([80, 78]);
  } finally {
    await house.close();
  }
});
