import { beforeAll, expect, test } from 'vitest';
import { makeMetadataReader } from '../../src/saml/metadata-aside.ts';
import { makeKey, type TestKey } from './keys.ts';
import { entity, federation, FORUM, signed } from './service-metadata.ts';

const NOW = Date.UTC(2026, 10, 27, 9);
const LIMIT = 20 * 1024 * 1024;

let key: TestKey;
let large: string;
beforeAll(() => {
  key = makeKey();
  const others = Array.from({ length: 2000 }, (_, index) =>
    entity({ entityId: `https://sp${index}.example/${'a'.repeat(200)}` }),
  );
  large = signed(federation([...others, entity()]), key);
});

test('a large federation is read while everything else goes on', async () => {
  const read = makeMetadataReader();
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 5);
  const understood = await read(large, { entityId: FORUM, keys: [key.pem], now: NOW, limit: LIMIT });
  clearInterval(turning);
  expect(understood).toMatchObject({ entityId: FORUM });
  expect(turns).toBeGreaterThan(10);
});

test('what is refused there is refused here, in the same words', async () => {
  const read = makeMetadataReader();
  const changed = large.replace('forum.example/acs', 'forum.example/new');
  await expect(read(changed, { entityId: FORUM, keys: [key.pem], now: NOW, limit: LIMIT })).rejects.toMatchObject({
    name: 'UserError',
    code: 'metadata_invalid',
    params: { reason: 'signature_invalid' },
  });
  await expect(read(large, { now: NOW, limit: 1000 })).rejects.toMatchObject({ code: 'metadata_too_large' });
});
