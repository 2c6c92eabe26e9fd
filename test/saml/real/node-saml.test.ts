import { describe, expect, test } from 'vitest';
import { carry, signInAt } from './going.ts';
import { tellOfLeavingHere, tellOfLeavingThere } from './leaving.ts';
import { nodeSamlPresent, startNodeSaml } from './node-saml.ts';
import { openPlace } from './place.ts';
import {
  tellOfBindings,
  tellOfCertificates,
  tellOfEncryption,
  tellOfForce,
  tellOfReplays,
  tellOfSignIns,
  tellOfStatuses,
  tellOfUnsolicited,
} from './stories.ts';

describe.skipIf(!nodeSamlPresent)('an application with node-saml', () => {
  const at = openPlace('Notes', startNodeSaml);

  tellOfSignIns(at);
  tellOfStatuses(at, { says: (_, page) => page.text });
  tellOfBindings(at);
  tellOfReplays(at);
  tellOfForce(at);
  tellOfEncryption(at);
  tellOfLeavingThere(at);
  tellOfLeavingHere(at, ['post']);
  tellOfUnsolicited(at, { taken: false });
  tellOfCertificates(at);

  test('Odile can read how each attempt ended: refused, told that a page would be needed, answered', async () => {
    const { house, provider, application, serviceProvider } = at();
    const last = async (): Promise<(string | undefined)[]> => {
      const [newest] = await house.parts.recent.read(application.id);
      return [newest?.clientId, newest?.outcome, newest?.asked];
    };
    const alix = at().visitor();
    await carry(alix, await provider.ask(alix, { passive: true }));
    expect(await last()).toEqual([serviceProvider.id, 'saml_status', 'NoPassive']);
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    expect(await last()).toEqual([serviceProvider.id, 'saml_answered', undefined]);
    const consumers = [{ url: `${provider.url}/other`, index: 0, isDefault: true }];
    await house.parts.applications.changeServiceProvider(serviceProvider.id, (settings) => ({
      ...settings,
      consumers,
    }));
    expect((await provider.ask(alix)).status).toBeGreaterThanOrEqual(400);
    await house.parts.applications.changeServiceProvider(serviceProvider.id, () => serviceProvider);
    expect(await last()).toEqual([serviceProvider.id, 'saml_refused', 'consumer_unknown']);
  });

  test('its metadata says all that we need to know', () => {
    const { serviceProvider, provider } = at();
    expect(serviceProvider).toMatchObject({
      entityId: provider.entityId,
      signedRequests: true,
      logout: [{ binding: 'post', url: `${provider.url}/slo` }],
    });
    expect(serviceProvider.consumers.map(({ url }) => url)).toEqual([provider.consumer]);
  });
});
