import { afterEach, expect, test } from 'vitest';
import { makeMailKeys } from '../../../src/mail/dkim/dkim.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { onBothEngines } from '../../engines.ts';

onBothEngines('the keys that forwarded mail is signed with', (ground) => {
  let time = Date.UTC(2026, 10, 27);
  const open = (storage = ground().storage) => makeMailKeys({ storage, seals: ground().seals, now: () => time });
  const selectors = async (keys: ReturnType<typeof open>): Promise<string[]> => {
    const { rsa, ed25519 } = await keys.current();
    return [rsa.selector, ed25519.selector];
  };

  afterEach(async () => {
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.delete(storage.tables.mailKey)));
  });

  test('the first pair is made when it is needed, and signs at once', async () => {
    const keys = open();
    expect(await keys.records('alias.test')).toEqual([]);
    const { rsa, ed25519 } = await keys.current();
    expect(rsa).toMatchObject({ algorithm: 'rsa-sha256', selector: expect.stringMatching(/^aluco-202611-\w{6}r$/u) });
    expect(rsa.privateKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
    expect(ed25519).toMatchObject({ algorithm: 'ed25519-sha256', privateKey: { asymmetricKeyType: 'ed25519' } });
    expect(await keys.records('alias.test')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          selector: rsa.selector,
          signs: true,
          name: `${rsa.selector}._domainkey.alias.test`,
          record: expect.stringMatching(/^v=DKIM1; k=rsa; p=MII[\w+/=]{380,}$/u) as string,
        }),
        expect.objectContaining({ record: expect.stringMatching(/^v=DKIM1; k=ed25519; p=[\w+/]{43}=$/u) as string }),
      ]),
    );
    expect(await selectors(open())).toEqual([rsa.selector, ed25519.selector]);
  });

  test('nodes that need it at once make one pair', async () => {
    const { address, folder } = ground();
    const other = await openStorage(address, folder);
    const nodes = [open(), open(other), open()];
    const seen = await Promise.all(nodes.map(selectors));
    expect(new Set(seen.map(String)).size).toBe(1);
    expect((await open().records('alias.test')).length).toBe(2);
    await other.close();
  });

  test('the private key lies sealed, and the selector says nothing but the month', async () => {
    const keys = open();
    const { rsa } = await keys.current();
    const { storage } = ground();
    const secret = rsa.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    const rows = JSON.stringify(await storage.read.select().from(storage.tables.mailKey));
    for (let at = 0; at + 20 < secret.length; at += 20) expect(rows).not.toContain(secret.slice(at, at + 20));
  });

  test('another key signs only when it is told to, on every node soon after, and can be gone back from', async () => {
    const [keys, otherNode] = [open(), open()];
    const [rsa = '', ed = ''] = await selectors(keys);
    await selectors(otherNode);
    const [newRsa = '', newEd = ''] = await keys.add();
    expect(await selectors(keys)).toEqual([rsa, ed]);
    await keys.use(newRsa);
    expect(await selectors(keys)).toEqual([newRsa, ed]);
    expect(await selectors(otherNode)).toEqual([rsa, ed]);
    time += 10_000;
    expect(await selectors(otherNode)).toEqual([newRsa, ed]);
    await keys.use(newEd);
    await keys.use(rsa);
    expect(await selectors(keys)).toEqual([rsa, newEd]);
    time -= 60_000;
    // Whatever the clock says, the last word stands.
    await keys.use(newRsa);
    expect(await selectors(keys)).toEqual([newRsa, newEd]);
  });

  test('a key that signs is not removed, and one that is gone does not come back', async () => {
    const keys = open();
    const [rsa = ''] = await selectors(keys);
    const [newRsa = ''] = await keys.add();
    await expect(keys.remove(rsa)).rejects.toMatchObject({ code: 'mail_key_signs' });
    await keys.use(newRsa);
    await keys.remove(rsa);
    expect((await keys.records('alias.test')).map(({ selector }) => selector)).not.toContain(rsa);
    for (const wrong of [rsa, 'nothing', '']) {
      await expect(keys.remove(wrong)).rejects.toMatchObject({ code: 'mail_key_unknown' });
      await expect(keys.use(wrong)).rejects.toMatchObject({ code: 'mail_key_unknown' });
    }
  });
});
