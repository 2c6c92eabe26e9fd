import { describe } from 'vitest';
import { tellOfLeavingHere, tellOfLeavingThere } from './leaving.ts';
import { pysaml2Present, startPysaml2 } from './pysaml2.ts';
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

describe.skipIf(!pysaml2Present)('an application with pysaml2', () => {
  const at = openPlace('Forum', startPysaml2);

  tellOfSignIns(at);
  tellOfStatuses(at, { says: (_, page) => page.text });
  tellOfBindings(at);
  tellOfReplays(at);
  tellOfForce(at);
  tellOfEncryption(at);
  tellOfLeavingThere(at, ['redirect', 'post']);
  tellOfLeavingHere(at, ['redirect', 'post']);
  tellOfUnsolicited(at, { taken: false });
  tellOfCertificates(at);
});
