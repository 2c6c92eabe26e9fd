import { rm } from 'node:fs/promises';
import path from 'node:path';
import { generate } from 'otplib';
import type { Account } from '../../../src/accounts/accounts.ts';
import { makeCredentials } from '../../../src/accounts/credentials.ts';
import { makeHasher } from '../../../src/accounts/hashing.ts';
import type { Application, Client } from '../../../src/applications/applications.ts';
import { readConfig } from '../../../src/config.ts';
import { makeLog } from '../../../src/log.ts';
import { makeParts, type Parts } from '../../../src/parts.ts';
import { importNames } from '../../legacy/place.ts';
import { addApplication, addClient, addPerson, PEOPLE } from '../../people.ts';
import { quickFolder } from '../../quick-folder.ts';
import type { Who } from './moves.ts';

export const ORIGIN = 'http://localhost:8099';
export const CALLBACK = 'http://localhost:8098/callback';

/** The version of the rules. */
export const TERMS = '2026-11';

/** Bruno's at Vault from before, which is offered to him; once taken back it is his for good. */
export const OLD_NAME = 'Vieux.Hibou';

const PERIOD = 30_000;

/** An application with its client. */
export type Target = { readonly application: Application; readonly client: Client; readonly secret: string };

export type Place = Awaited<ReturnType<typeof openPlace>>;

async function openTarget(parts: Parts, name: string, secondFactor: boolean): Promise<Target> {
  const application = await addApplication(parts, name, 'http://localhost:8098', { secondFactor });
  const { client, secret } = await addClient(parts, application, {
    redirectUris: [CALLBACK],
    idTokenAlgorithm: 'EdDSA',
  });
  return { application, client, secret: secret ?? '' };
}

/**
 * A name at Vault from before, Bruno's: the profile is there and cannot be used until it is taken back. So that it can
 * be taken back again and again, `reserve` undoes that.
 */
async function openOld(parts: Parts, { id: accountId }: Account, { id: applicationId }: Application) {
  const { applications, profiles, storage } = parts;
  const application = await applications.get(applicationId);
  const { id: profileId, subject } = await profiles.create(accountId, application, { name: 'tawny', note: '' });
  const block = () => storage.write((tx) => profiles.moderated.block(tx, profileId, { id: 'reserved' }));
  await block();
  let isTaken = false;
  return {
    profileId,
    subject,
    offersOf: async (who: string, at: Pick<Application, 'id'>) =>
      who === accountId && at.id === applicationId && !isTaken ? [{ name: 'tawny', needsPassword: false }] : [],
    async takeBack(): Promise<void> {
      isTaken = true;
      await storage.write((tx) => profiles.moderated.unblock(tx, profileId));
    },
    async reserve(): Promise<void> {
      if (!isTaken) return;
      isTaken = false;
      await block();
    },
  };
}

/**
 * An instance for very many requests: no network, a clock moved by hand, password hashes that cost little, a database
 * in memory where the system has room for files there. Alix has a second factor, Bruno has none; Vault asks for one.
 */
export async function openPlace() {
  const folder = await quickFolder('aluco-walks-');
  const clock = { time: Date.now() };
  const settings = { ALUCO_URL: ORIGIN, ALUCO_DATA: path.join(folder, 'data'), ALUCO_LANGUAGE: 'en' };
  const parts = await makeParts(readConfig({ ...settings, ALUCO_TERMS_VERSION: TERMS }), {
    log: makeLog('silent'),
    now: () => clock.time,
    hasher: makeHasher({ cost: { memoryCost: 64, timeCost: 2 } }),
  });
  const { secondFactors } = parts.accounts;
  // Somebody runs the place: without an administrator nobody signs in.
  await addPerson(parts, 'odile');
  const people: Record<Who, Account> = {
    alix: await addPerson(parts, 'alix'),
    bruno: await addPerson(parts, 'bruno'),
  };
  const targets = { Meadow: await openTarget(parts, 'Meadow', false), Vault: await openTarget(parts, 'Vault', true) };
  const owners = new Map<string, Who>();
  const profiles: string[] = [];
  const profilesOf: Record<Who, string[]> = { alix: [], bruno: [] };
  for (const [who, target, name] of [
    ['alix', targets.Meadow, 'heron'],
    ['alix', targets.Meadow, 'sparrow'],
    ['bruno', targets.Meadow, 'magpie'],
    ['alix', targets.Vault, 'owl'],
  ] as const) {
    const profile = await parts.profiles.create(people[who].id, target.application, { name, note: '' });
    owners.set(profile.subject, who);
    profiles.push(profile.id);
    profilesOf[who].push(profile.id);
  }
  const old = await openOld(parts, people.bruno, targets.Vault.application);
  profilesOf.bruno.push(old.profileId);
  owners.set(old.subject, 'bruno');
  await importNames(parts.legacy, targets.Vault.application, [{ name: OLD_NAME, address: PEOPLE.bruno.mailbox }]);
  const secrets = new Map<Who, string>();
  const codes = new Map<Who, string[]>();
  const credentials = makeCredentials({ storage: parts.storage, seals: parts.seals, now: () => clock.time });

  /** The code of a secret now; the clock goes on first, because each counts once. */
  async function nextCode(secret: string): Promise<string> {
    clock.time += PERIOD;
    return generate({ secret, epoch: Math.floor(clock.time / 1000) });
  }

  const { setUp, secret } = await secondFactors.totp.begin(people.alix);
  const added = await secondFactors.totp.confirm(people.alix.id, { setUp, code: await nextCode(secret), name: '' });
  await parts.accounts.acceptTerms(people.alix.id, TERMS);
  secrets.set('alix', secret);
  codes.set('alix', [...(added.codes ?? [])]);

  return {
    parts,
    people,
    targets,
    owners,
    profiles,
    profilesOf,
    clock,
    old,
    /** Secrets of second factors, as their owners know them; Bruno's once he has set one up. */
    secrets,
    nextCode,

    /** A recovery code of somebody who has any; new ones are made where they have run out. */
    async recoveryCode(who: Who): Promise<string | undefined> {
      const left = codes.get(who) ?? [];
      const code = left.pop();
      if (code !== undefined || who !== 'alix') return code;
      const made = [...(await secondFactors.renewCodes(people.alix.id))];
      codes.set('alix', made);
      return made.pop();
    },

    /** As it was at the beginning: Bruno without a factor, and he has not accepted the rules yet. */
    async restore(): Promise<void> {
      secrets.delete('bruno');
      codes.delete('bruno');
      const factors = ['totp', 'passkey', 'recovery-code'] as const;
      await parts.storage.write((tx) => credentials.removeAll(tx, people.bruno.id, factors));
      await parts.accounts.acceptTerms(people.bruno.id, 'none yet');
    },

    /** Whose a subject is; also of profiles made on the way. */
    async ownerOf(subject: string): Promise<Who | undefined> {
      const known = owners.get(subject);
      if (known !== undefined) return known;
      for (const who of ['alix', 'bruno'] as const) {
        for (const { application } of Object.values(targets)) {
          const held = await parts.profiles.at(people[who].id, application);
          for (const profile of held.profiles) owners.set(profile.subject, who);
        }
      }
      return owners.get(subject);
    },

    async close(): Promise<void> {
      await parts.storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
