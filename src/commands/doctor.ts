import type { Config } from '../config.ts';
import { keptSettings } from '../house/house.ts';
import type { Inspection } from '../storage/inspect.ts';
import { checkAddress } from './doctor/address.ts';
import { checkAdministrator, checkCertificate, checkContents, checkMasterKey, inspect } from './doctor/database.ts';
import { checkMail } from './doctor/mail.ts';
import { warning, type Finding } from './doctor/finding.ts';
import { checkRelay } from './doctor/relay.ts';
import { checkBreachedPasswords, checkDisk, checkSettings, settingsWith } from './doctor/settings.ts';
import { Refusal, type Verbs } from './verb.ts';

/** What can only be looked at in a database that is up to date. */
async function examineContents(given: Config, inspection: Inspection): Promise<Finding[]> {
  const { storage } = inspection;
  const { config, findings } = settingsWith(given, await keptSettings(storage));
  const { seals, findings: ofKey } = await checkMasterKey(config, storage);
  return [
    ...findings,
    ...checkSettings(config),
    ...ofKey,
    ...(await checkContents(config, inspection, Date.now())),
    ...(seals === undefined ? [] : [await checkAdministrator(storage, seals)]),
    ...(seals === undefined ? [] : await checkCertificate(storage, seals, Date.now())),
    ...(await checkAddress(config, storage, seals)),
    await checkMail(config, storage),
    ...(await checkRelay(config, storage, seals)),
  ];
}

async function examine(config: Config): Promise<Finding[]> {
  const { inspection, findings } = await inspect(config);
  try {
    const isCurrent = inspection !== undefined && [...inspection.pending, ...inspection.unknown].length === 0;
    const inside = isCurrent
      ? await examineContents(config, inspection)
      : [...checkSettings(config), warning('public address', 'It is asked once the database is ready.')];
    return [...findings, ...(await checkDisk(config)), await checkBreachedPasswords(config, Date.now()), ...inside];
  } finally {
    await inspection?.close();
  }
}

/** Commands that look after the instance. */
export const doctorVerbs: Verbs = {
  doctor: {
    usage: 'doctor',
    meaning: 'examines settings, database, keys, clock, disk and public address, and says what to do; changes nothing',
    options: {},
    async runBare(config, _words, _values, { out }) {
      const findings = await examine(config);
      for (const { level, about, words } of findings) out(`${level.padEnd(7)}  ${about}: ${words}`);
      if (findings.some(({ level }) => level === 'problem')) throw new Refusal('there are problems');
    },
  },
};
