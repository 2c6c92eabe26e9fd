import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSecret, makeApplications, type Applications } from '../../src/applications/applications.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { onBothEngines } from '../engines.ts';
import { addApplication, addClient } from '../people.ts';

const ROUNDS = 40;
const redirectUris = ['https://blog.example/callback'];

onBothEngines('a client that two administrators change at once', (ground) => {
  let nodes: [Applications, Applications];
  let second: Storage;
  beforeAll(async () => {
    const { storage, address, folder } = ground();
    second = await openStorage(address, folder);
    nodes = [makeApplications({ storage }), makeApplications({ storage: second })];
  });
  afterAll(() => second.close());

  async function newClient() {
    const [applications] = nodes;
    const { client } = await addClient(
      { applications },
      await addApplication({ applications }, 'Blog', 'https://blog.example'),
      {
        redirectUris,
      },
    );
    const { id, applicationId: _, ...settings } = client;
    return { id, settings };
  }

  test('keeps the newest secret, and the settings', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, settings } = await newClient();
      const [renewed] = await Promise.all([
        nodes[0].renewSecret(id),
        nodes[1].changeClient(id, { ...settings, label: 'Mobile' }),
        nodes[0].changeClient(id, { ...settings, label: 'Mobile' }),
      ]);
      const client = await nodes[0].getClient(id);
      expect(isSecret(renewed.secret, client.secretHash ?? '')).toBe(true);
      expect(client.label).toBe('Mobile');
    }
  });

  test('stays removed', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, settings } = await newClient();
      const late = [nodes[1].changeClient(id, { ...settings, label: 'Mobile' }), nodes[1].renewSecret(id)];
      const [, ...others] = await Promise.allSettled([nodes[0].removeClient(id), ...late]);
      expect(await nodes[0].findClient(id)).toBeUndefined();
      for (const other of others) {
        if (other.status === 'rejected') expect(other.reason).toMatchObject({ code: 'client_unknown' });
      }
    }
  });
});
