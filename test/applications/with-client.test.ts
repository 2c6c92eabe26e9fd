import { expect, test } from 'vitest';
import {
  APPLICATION_DEFAULTS,
  CLIENT_DEFAULTS,
  makeApplications,
  type Applications,
} from '../../src/applications/applications.ts';
import { randomId } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';

const application = { ...APPLICATION_DEFAULTS, name: 'Le Nid', homeUrl: 'https://nid.example/' };
const client = { ...CLIENT_DEFAULTS, label: 'Web', redirectUris: ['https://nid.example/callback'] };

onBothEngines('an application and its client', (ground) => {
  const room = (): Applications => makeApplications({ storage: ground().storage });

  test('are made once, however often and however fast the form is sent', async () => {
    const applications = room();
    const id = randomId();
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () => applications.addWithClient({ application, client }, id)),
    );
    const refused = tries.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
      refused.map(() => 'application_exists'),
    );
    expect(refused).toHaveLength(4);
    expect(await applications.clientsOf(id)).toHaveLength(1);
    expect(await applications.get(id)).toMatchObject(application);
  });

  test('are made both or neither', async () => {
    const applications = room();
    const id = randomId();
    const wrong = { ...client, redirectUris: ['ftp://nid.example'] };
    await expect(applications.addWithClient({ application, client: wrong }, id)).rejects.toThrow(
      'redirect_uri_invalid',
    );
    expect(await applications.find(id)).toBeUndefined();
  });
});
