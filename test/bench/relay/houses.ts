import { mkdirSync } from 'node:fs';
import { readConfig } from '../../../src/config.ts';
import { makeHasher } from '../../../src/accounts/hashing.ts';
import { makeLog } from '../../../src/log.ts';
import { makeParts } from '../../../src/parts.ts';
import { addApplication } from '../../people.ts';

/** The domain that the bench writes from, and the one of all mailboxes. */
export const FROM = 'meadow.test';
export const MAILBOXES = 'mailbox.test';

/** Makes one application and `count` people with a profile each. @returns their aliases. */
export async function seedAliases(environment: Record<string, string>, count: number): Promise<string[]> {
  mkdirSync(environment['ALUCO_DATA'] ?? '', { recursive: true });
  const hasher = makeHasher({ cost: { memoryCost: 1024, timeCost: 1 } });
  const parts = await makeParts(readConfig(environment), { log: makeLog('silent'), now: Date.now, hasher });
  try {
    const application = await addApplication(parts, 'Meadow', `https://${FROM}/`, { senderDomains: [FROM] });
    const aliases: string[] = [];
    for (let number = 0; number < count; number += 1) {
      const { id } = await parts.accounts.add({
        loginName: `bench${number}x`,
        password: 'ten bells over the harbour',
        mailbox: `person${number}@${MAILBOXES}`,
        mailboxVerified: true,
        language: 'en',
        administrator: number === 0,
      });
      const profile = await parts.profiles.create(id, application, { name: `person_${number}`, note: '' });
      aliases.push(`${profile.aliasLocal}@${parts.config.ALUCO_ALIAS_DOMAIN}`);
    }
    return aliases;
  } finally {
    await parts.storage.close();
  }
}
