import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  findTemplate,
  fromTemplate,
  instructionsOf,
  placeOf,
  samlPlaceOf,
} from '../../../src/applications/applications.ts';
import { readDotenv, READERS } from '../../applications/templates/readers.ts';
import type { House } from '../../house.ts';
import type { Page } from '../../visitor.ts';
import { tellOfLeavingHere, tellOfLeavingThere } from './leaving.ts';
import { comeToAnswer, identityProviderOf, post, register, signInAt } from './going.ts';
import { mastodonEnvironment, omniauthPresent, startGitlab, startMastodon, type RubySite } from './omniauth.ts';
import { openPlace, profilePage } from './place.ts';
import { tellOfEncryption, tellOfForce, tellOfSignIns, tellOfStatuses, tellOfUnsolicited } from './stories.ts';

const says = (_: unknown, page: Page): string => page.text;
const ALIAS = /^[\w-]+@relay\.example$/u;

/** Makes an application from our template for Mastodon, and lets everybody in: the lines for its environment. */
async function linesFor({ parts }: House, address: string): Promise<string> {
  const template = findTemplate('mastodon-saml');
  if (template === undefined) throw new Error('no template for Mastodon by SAML');
  const place = placeOf(parts.config);
  const answers = { address, button: 'Sign in with "us"', only: 'yes' };
  const wanted = fromTemplate(template, { name: template.name, people: 'none', answers }, place);
  if (wanted.protocol !== 'saml') throw new Error('it is not by SAML');
  const { application } = await parts.applications.addWithServiceProvider(wanted);
  await parts.applications.change(application.id, { ...application, entry: { kind: 'everyone' } });
  const filled = { protocol: 'saml', place, saml: samlPlaceOf(await parts.saml.ours()) } as const;
  const blocks = instructionsOf(application, filled) ?? [];
  return blocks.flatMap((block) => (block.kind === 'code' ? block.lines : [])).join('\n');
}

describe.skipIf(!omniauthPresent)('a site with omniauth-saml, set as Mastodon sets it', () => {
  const at = openPlace('Mastodon', (identityProvider) =>
    startMastodon((url) => mastodonEnvironment(url, identityProvider)),
  );

  tellOfSignIns(at);
  tellOfStatuses(at, { says, passive: false });
  tellOfUnsolicited(at, { taken: true });

  test('it stores the name, the address and the display name of the profile, and takes the address as proven', async () => {
    const { provider } = at();
    const [alix, elsewhere] = [at().visitor(), at().visitor()];
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    await signInAt(elsewhere, provider, { person: 'alix', profile: 'lichen' });
    const [first, second] = [await provider.learned(alix), await provider.learned(elsewhere)];
    expect(first?.stored).toEqual({
      username: 'alice',
      email: expect.stringMatching(ALIAS),
      display_name: 'alice',
      confirmed: true,
    });
    expect(second?.stored).toMatchObject({ username: 'lichen', display_name: 'lichen' });
    expect(second?.stored.email).not.toBe(first?.stored.email);
  });

  test('its metadata asks for no signed requests and has no key: the assertion is signed, and not encrypted', async () => {
    const { provider, serviceProvider } = at();
    expect(serviceProvider).toMatchObject({ signedRequests: false, encryptionCertificates: [], logout: [] });
    const { xml } = await comeToAnswer(at().visitor(), provider, { person: 'alix', profile: 'alice' });
    expect(xml).toContain('alice');
  });

  test('it cannot be told that somebody leaves, and nobody is shown a button for it', async () => {
    const alix = at().visitor();
    await signInAt(alix, at().provider, { person: 'alix', profile: 'alice' });
    const page = await profilePage(at(), alix, 'alice');
    expect(() => alix.submit(page, '/leave')).toThrow('no form');
  });

  describe('with other lines in its environment', () => {
    const opened: RubySite[] = [];
    afterAll(async () => {
      for (const site of opened) await site.close();
    });

    /** Another site, whose lines differ by these; undefined takes one away. */
    async function siteWith(name: string, lines: (sha1: string) => Record<string, string | undefined>) {
      const { house } = at();
      const idp = await identityProviderOf(house);
      const sha1 = (await house.parts.saml.ours()).certificates[0]?.fingerprintSha1 ?? '';
      const site = await startMastodon((url) => {
        const all = Object.entries({ ...mastodonEnvironment(url, idp), ...lines(sha1) });
        return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
      });
      opened.push(site);
      await register(house, name, site);
      const alix = at().visitor();
      const { page, answer } = await comeToAnswer(alix, site, { person: 'alix', profile: 'alice' });
      await post(alix, page, answer);
      return site.learned(alix);
    }

    test.skipIf(!READERS.rubyDotenv)('the lines that our own template writes are all that it needs', async () => {
      const { house, provider } = at();
      const site = await startMastodon(async (url) => readDotenv(await linesFor(house, url)));
      opened.push(site);
      const [alix, known] = [at().visitor(), at().visitor()];
      await signInAt(alix, site, { person: 'alix', profile: 'alice' });
      const learned = await site.learned(alix);
      expect(learned?.stored).toMatchObject({ username: 'alice', display_name: 'alice', confirmed: true });
      await signInAt(known, provider, { person: 'alix', profile: 'alice' });
      expect(learned?.stored.email).toMatch(ALIAS);
      expect(learned?.stored.email).not.toBe((await provider.learned(known))?.stored.email);
    });

    test('it knows us by the fingerprint of our certificate as well', async () => {
      const learned = await siteWith('By fingerprint', (sha1) => ({
        SAML_IDP_CERT: undefined,
        SAML_IDP_CERT_FINGERPRINT: sha1,
      }));
      expect(learned?.stored.username).toBe('alice');
    });

    test('without a word on attributes it finds no address: the lines must name them', async () => {
      const learned = await siteWith('Without names', () => ({
        SAML_ATTRIBUTES_STATEMENTS_EMAIL: undefined,
        SAML_ATTRIBUTES_STATEMENTS_FULL_NAME: undefined,
      }));
      expect(learned?.stored.username).toBe('alice');
      expect(learned?.stored.email).toMatch(/^change@me-/u);
    });
  });
});

describe.skipIf(!omniauthPresent)('a site with omniauth-saml, set as GitLab’s can be', () => {
  const at = openPlace('GitLab', startGitlab);
  beforeAll(() => expect(at().serviceProvider).toMatchObject({ signedRequests: true }));

  tellOfSignIns(at);
  tellOfStatuses(at, { says });
  tellOfForce(at);
  tellOfEncryption(at);
  tellOfLeavingThere(at);
  tellOfLeavingHere(at, ['redirect']);

  test('it stores the name of the profile, not the local part of its address', async () => {
    const alix = at().visitor();
    await signInAt(alix, at().provider, { person: 'alix', profile: 'alice' });
    const learned = await at().provider.learned(alix);
    expect(learned?.stored).toEqual({ username: 'alice', email: expect.stringMatching(ALIAS), display_name: 'alice' });
  });
});
