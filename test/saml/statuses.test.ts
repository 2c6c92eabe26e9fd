import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSender, comeIn, type Sender } from '../attacks/saml-sender.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';

const CORE = 'urn:oasis:names:tc:SAML:2.0:';

let house: House;
let forum: Sender;
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'odile');
  forum = await addSender(house, 'Forum');
});
afterAll(() => house.close());

test.each([
  ['NoPassive', ' IsPassive="true"', ''],
  ['InvalidNameIDPolicy', '', `<samlp:NameIDPolicy Format="${CORE}nameid-format:entity"/>`],
  [
    'NoAuthnContext',
    '',
    `<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>${CORE}ac:classes:Smartcard</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`,
  ],
  [
    'RequestUnsupported',
    '',
    '<samlp:Scoping><samlp:IDPList><samlp:IDPEntry ProviderID="https://other.example/"/></samlp:IDPList></samlp:Scoping>',
  ],
])(
  'the forum hears %s where that is why there is no sign-in, and nothing of anybody',
  async (status, attributes, inside) => {
    const visitor = makeVisitor((url) => forum.isHome(url));
    const at = forum.ask({ attributes, inside, state: 'a<b>&"c' });
    const handed = await comeIn(visitor, forum, { person: 'alix', at });
    expect(handed.xml).toContain(`<samlp:StatusCode Value="${CORE}status:${status}"></samlp:StatusCode>`);
    expect(handed.xml).not.toContain('Assertion>');
    expect(handed.xml).toContain('</ds:Signature>');
    expect(handed.answer.fields['RelayState']).toBe('a<b>&"c');
  },
);
