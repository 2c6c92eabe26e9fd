import { describe, expect, test } from 'vitest';
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
