import { describe, expect, test } from 'vitest';
import { tellOfLeavingHere, tellOfLeavingThere } from './leaving.ts';
import { mellonPresent, startMellon } from './mellon.ts';
import { signInAt } from './going.ts';
import { openPlace } from './place.ts';
import {
  tellOfCertificates,
  tellOfEncryption,
  tellOfReplays,
  tellOfSignIns,
  tellOfStatuses,
  tellOfUnsolicited,
} from './stories.ts';

describe.skipIf(!mellonPresent)('a site of Apache with mod_auth_mellon', () => {
  const at = openPlace('Wiki', startMellon);

  tellOfSignIns(at);

  test('a page that only people who signed in may see leads there and back', async () => {
    const { provider } = at();
    const alix = at().visitor();
    const page = await signInAt(alix, provider, { person: 'alix', profile: 'alice' }, { page: '/private' });
    expect([page.url.href, page.status]).toEqual([`${provider.url}/private`, 200]);
    expect(page.text).toContain('MELLON_uid=alice');
    const { url } = await at().visitor().get(`${provider.url}/private`);
    expect(url.origin).toBe(at().house.url);
  });
  tellOfStatuses(at, { says: ({ provider }) => provider.log() });
  tellOfReplays(at);
  tellOfEncryption(at);
  tellOfLeavingThere(at);
  tellOfLeavingHere(at, ['redirect']);
  tellOfUnsolicited(at, { taken: true, state: ({ url }) => `${url}/private` });
  tellOfCertificates(at);
});
