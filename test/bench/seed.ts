import { randomBytes } from 'node:crypto';
import path from 'node:path';
import Database from 'better-sqlite3';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';
import { hashId, makeSeals, randomId } from '../../src/storage/seal.ts';
import { readFileSync } from 'node:fs';
import { SERVICE_PROVIDER_DEFAULTS } from '../../src/applications/applications.ts';
import { addApplication, addClient } from '../people.ts';
import { makeKey, type TestKey } from '../saml/keys.ts';

/** What the bench signs in with. */
export type Seeded = {
  readonly applicationId: string;
  readonly clientId: string;
  readonly secret: string;
  readonly people: readonly string[];
  /** What its service providers sign requests with; one gets its assertions as they are, one encrypted. */
  readonly samlKey: TestKey;
};

export const REDIRECT_URI = 'http://localhost:9/callback';
export const CONSUMER = 'http://localhost:9/acs';
/** The entity IDs of its service providers. */
export const ENTITIES = { plain: 'http://localhost:9/plain', encrypted: 'http://localhost:9/encrypted' } as const;
export const PASSWORD = 'ten bells over the harbour';

/** Makes one application with one client and two service providers, and `count` people who all have the same password. */
export async function seedHouse(environment: Record<string, string>, count: number): Promise<Seeded> {
  const parts = await makeParts(readConfig(environment), { log: makeLog('silent'), now: Date.now });
  try {
    const application = await addApplication(parts, 'Bench', 'http://localhost:9/');
    const { client, secret } = await addClient(parts, application, { redirectUris: [REDIRECT_URI] });
    const samlKey = makeKey();
    for (const [label, entityId] of Object.entries(ENTITIES))
      await parts.applications.addServiceProvider(application.id, {
        ...SERVICE_PROVIDER_DEFAULTS,
        label,
        entityId,
        consumers: [{ url: CONSUMER, index: 0, isDefault: true }],
        signingCertificates: [samlKey.certificate],
        encryptionCertificates: entityId === ENTITIES.encrypted ? [samlKey.certificate] : [],
        encryptionAlgorithms: ['aes256-gcm'],
      });
    const people = Array.from({ length: count }, (_, number) => `bench${number}x`);
    // Where there is no administrator, the first page asks for one.
    for (const [number, loginName] of people.entries())
      await parts.accounts.add({ loginName, password: PASSWORD, language: 'en', administrator: number === 0 });
    return { applicationId: application.id, clientId: client.id, secret: secret ?? '', people, samlKey };
  } finally {
    await parts.storage.close();
  }
}

const BATCH = 10_000;

/**
 * Stores `count` further accounts, each with a password and one profile, as rows of the same shape and size as real
 * ones, in one go: creating them one by one would take days of hashing.
 */
export function storeAccounts(dataFolder: string, applicationId: string, count: number): void {
  const seals = makeSeals([Buffer.from(readFileSync(`${dataFolder}.key`, 'utf8').trim(), 'base64url')]);
  const database = new Database(path.join(dataFolder, 'aluco.sqlite'));
  database.pragma('synchronous = OFF');
  database.pragma('cache_size = -1000000');
  const insert = {
    account: database.prepare(
      "INSERT INTO account (id, login_tag, role, status, created_month, sealed) VALUES (?, ?, 'person', 'active', '2026-01', ?)",
    ),
    taken: database.prepare('INSERT INTO login_taken VALUES (?)'),
    credential: database.prepare("INSERT INTO credential (id, account_id, kind, sealed) VALUES (?, ?, 'password', ?)"),
    holding: database.prepare('INSERT INTO holding VALUES (?, ?)'),
    profile: database.prepare(
      "INSERT INTO profile (id, application_id, name, name_key, subject, alias_local, status, created_day, owner_sealed, sealed) VALUES (?, ?, ?, ?, ?, ?, 'active', '2026-01-01', ?, ?)",
    ),
    name: database.prepare('INSERT INTO name_taken VALUES (?, ?)'),
  };
  const sealedAccount = seals.sealPadded('account', 'bench', '{}', 512);
  const sealedCredential = seals.sealPadded('credential', 'bench', '{}', 256);
  const sealedHolding = seals.sealPadded('holding', 'bench', '{}', 1024);
  const owner = seals.sealPadded('profile-owner', 'bench', '""', 64);
  const store = database.transaction((from: number, to: number) => {
    for (let number = from; number < to; number += 1) {
      const id = randomId();
      const name = `stored${number}`;
      insert.account.run(id, hashId(`login ${number}`), sealedAccount);
      insert.taken.run(hashId(`shape ${number}`));
      insert.credential.run(randomId(), id, sealedCredential);
      insert.holding.run(hashId(`holding ${number}`), sealedHolding);
      const profileId = randomId();
      insert.profile.run(
        profileId,
        applicationId,
        name,
        name,
        randomId(),
        randomBytes(10).toString('hex'),
        owner,
        // Moderators' pages open each row that they show.
        seals.sealPadded('profile', profileId, '{"note":"","groups":[]}', 1024),
      );
      insert.name.run(applicationId, name);
    }
  });
  for (let from = 0; from < count; from += BATCH) store(from, Math.min(count, from + BATCH));
  database.close();
}
