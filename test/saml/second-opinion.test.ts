import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Application, ServiceProvider } from '../../src/applications/applications.ts';
import { SERVICE_PROVIDER_DEFAULTS } from '../../src/applications/applications.ts';
import { makeSamlKeys } from '../../src/saml/keys.ts';
import { writeResponse } from '../../src/saml/response.ts';
import { isReadByAnother } from '../../src/saml/second-opinion.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson } from '../people.ts';
import { answer } from './answers.ts';
import { makeKey } from './keys.ts';

const CONSUMER = 'https://forum.example/acs';

let house: House;
let application: Application;
let provider: ServiceProvider;
beforeAll(async () => {
  house = await openHouse();
  application = await addApplication(house.parts, 'Forum', 'https://forum.example/');
  provider = await house.parts.applications.addServiceProvider(application.id, {
    ...SERVICE_PROVIDER_DEFAULTS,
    label: 'Web',
    entityId: 'https://forum.example/metadata',
    consumers: [{ url: CONSUMER, index: 0, isDefault: true }],
  });
});
afterAll(() => house.close());

test('what Odile is shown as the answer was found good by another implementation', async () => {
  const { id } = await addPerson(house.parts, 'odile');
  const profile = await house.parts.profiles.create(id, application, { name: 'odile', note: '' });
  for (const nameId of ['persistent', 'emailAddress', 'unspecified', 'transient'] as const) {
    const preview = await house.parts.saml.preview(id, application, profile, { ...provider, nameId });
    expect(preview?.verified, nameId).toBe(true);
    expect(preview?.xml).toContain('<saml:AttributeValue>odile</saml:AttributeValue>');
  }
});

test('one that was changed, signed by others or about somebody else is not', async () => {
  const { storage, seals, saml } = house.parts;
  const { signing } = await makeSamlKeys({ storage, seals, now: Date.now, name: 'localhost' }).current();
  const others = makeKey();
  const given = answer({ issuer: `${house.url}/saml/metadata`, audience: provider.entityId, destination: CONSUMER });
  const { nameId } = given;
  const opinionOf = async (xml: string, expected = nameId.value): Promise<boolean> =>
    isReadByAnother(await saml.metadata(), provider, { xml, destination: CONSUMER, nameId: expected });

  const xml = await writeResponse({ ...given, now: Date.now() }, signing);
  expect(await opinionOf(xml)).toBe(true);
  expect(await opinionOf(xml, 'somebody else')).toBe(false);
  expect(await opinionOf(xml.replace('PasswordProtectedTransport', 'Password'))).toBe(false);
  const { certificate, privateKey } = others;
  const forged = { certificate, privateKey: createPrivateKey(privateKey) };
  expect(await opinionOf(await writeResponse({ ...given, now: Date.now() }, forged))).toBe(false);
});
