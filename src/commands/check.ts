import { eq, inArray } from 'drizzle-orm';
import { checkAccounts } from '../accounts/accounts.ts';
import { checkApplications } from '../applications/applications.ts';
import type { Config } from '../config.ts';
import { checkOldNames } from '../legacy/legacy.ts';
import { checkSpool } from '../mail/spool/check.ts';
import { checkProfiles } from '../profiles/profiles.ts';
import { BackupError } from '../storage/backup-format.ts';
import { makeFindings, type Findings } from '../storage/findings.ts';
import { MASTER_KEY_CHECK, sealsFor } from '../storage/keys.ts';
import type { Seals } from '../storage/seal.ts';
import { frozen, openSnapshot } from '../storage/snapshot.ts';
import type { Storage } from '../storage/storage.ts';
import { checkSealed } from './check-sealed.ts';
import { Refusal, type Terminal, type Verbs } from './verb.ts';

/** What each finding is, and what its ids are ids of. No line names an account and a profile (P9). */
const MEANINGS: Readonly<Record<string, string>> = {
  account_sealed: 'accounts that do not open',
  login_tag: 'accounts that are not found by their login name',
  login_free: 'accounts whose login name could be given to somebody else',
  login_alike: 'accounts whose login names look alike',
  mailbox_tag: 'accounts whose verified mailbox is not theirs',
  credential_sealed: 'passwords and factors that do not open',
  credential_stray: 'passwords and factors without an account',
  second_factor: 'accounts that are asked for a second factor they do not have, or not for the one they have',
  timeline_sealed: 'accounts whose history does not open',
  timeline_stray: 'histories without an account',
  request_sealed: 'requests for an account that do not open',
  request_stray: 'requests for an account that is not there, or not awaiting a decision',
  request_missing: 'accounts that await a decision and made no request',
  member_without_group: 'groups that are not there and have members',
  member_without_account: 'accounts that are not there and are in a group',
  role_without_account: 'accounts or groups that are not there, of people who moderate or look after a group',
  application_settings: 'applications whose settings cannot be read',
  application_group: 'applications that let in a group which is not there',
  client_settings: 'clients whose settings cannot be read',
  client_stray: 'clients without an application',
  signing_key_sealed: 'signing keys that do not open',
  account_log_sealed: 'entries in the log of accounts that do not open',
  profile_log_sealed: 'entries in the log of profiles that do not open',
  appeal_sealed: 'appeals that do not open',
  exception_sealed: 'exceptions to a number of profiles that do not open',
  profile_invitation_sealed: 'links for a profile that do not open',
  errand_sealed: 'things to be done later that do not open',
  case_sealed: 'cases that do not open',
  unsealing_sealed: 'unsealings that do not open',
  register_sealed: 'entries in the register that do not open',
  profile_sealed: 'profiles that do not open',
  profile_stray: 'profiles without an application',
  owner_sealed: 'profiles whose owner does not open',
  owner_missing: 'profiles without an owner',
  owner_gone: 'profiles whose owner is not there',
  profile_unlisted: 'profiles that their owner does not hold',
  profile_elsewhere: 'profiles that are held by somebody else, or at another application',
  holding_sealed: 'holdings that do not open',
  holding_tag: 'holdings that are not found where they are looked for',
  holding_account: 'holdings without an account',
  holding_application: 'holdings without an application',
  holding_profile: 'holdings that list profiles which are not there',
  holding_twice: 'holdings that list a profile twice, or used one last that they do not list',
  holding_bar: 'holdings with a decision about a profile that is not among theirs',
  profile_request_sealed: 'requests for a profile that do not open',
  profile_request_stray: 'requests for a profile that is not there, or does not wait for an answer',
  profile_request_missing: 'profiles that wait for an answer to no request',
  name_key: 'profiles whose name is compared in another form',
  name_free: 'profiles whose name could be given to somebody else',
  old_batch_sealed: 'imports that do not open',
  old_batch_stray: 'imports without an application',
  old_name_sealed: 'old names that do not open',
  old_name_stray: 'old names without an application',
  old_name_batch: 'old names without the import that brought them',
  old_name_undone: 'old names that are left of an import which was undone: undo it once more',
  old_name_status: 'old names that are neither free nor taken back',
  old_name_profile: 'old names that were taken back and have no profile',
  old_name_held: 'old names that nobody took back and a profile has',
  old_name_given: 'old names that could be given to somebody else',
  old_name_kept: 'old names that keep what was to be wiped',
  old_address_stray: 'addresses that lead to an old name which is not there',
  old_name_tag: 'old names that are not found by their address',
  profile_not_imported: 'profiles of an old name that is not there, or was not taken back',
  taken_stray: 'applications that are not there and have names taken',
  delivery_sealed: 'deliveries of mail that do not open',
  delivery_message: 'deliveries that wait without their message, or are closed and keep one',
  delivery_tag: 'deliveries that are not found by their profile',
  delivery_return: 'deliveries that no bounce finds',
  delivery_status: 'deliveries that do not stand where they seem to',
  message_sealed: 'messages that do not open',
  message_cut: 'messages that are not whole',
  message_stray: 'messages that are not there and have pieces',
  twice_subject: 'identifiers that two profiles have',
  twice_aliasLocal: 'relay addresses that two profiles have',
  twice_nameKey: 'names that two profiles have at one application',
  name_alike: 'profiles of one application whose names look alike',
};

/** Two people may have looked alike before they came here: worth knowing, and no fault. */
const NOTES: ReadonlySet<string> = new Set(['name_alike']);

async function checkSigningKeys({ read, tables }: Storage, seals: Seals, findings: Findings): Promise<void> {
  for (const { kid, sealed } of await read.select().from(tables.signingKey)) {
    try {
      seals.open('signing-key', kid, sealed);
    } catch {
      findings.add('signing_key_sealed', kid);
    }
  }
}

async function checkAll(config: Config, { out }: Terminal): Promise<boolean> {
  const snapshot = await openSnapshot(config.ALUCO_DATABASE, config.ALUCO_DATA);
  try {
    const storage = frozen(snapshot);
    const { read, tables } = storage;
    const [kept] = await read.select().from(tables.meta).where(eq(tables.meta.key, MASTER_KEY_CHECK));
    if (kept === undefined) throw new BackupError('The database was never used: there is nothing to check.');
    const seals = sealsFor(kept.value, config.ALUCO_MASTER_KEY, `${config.ALUCO_DATA}.key`);
    const findings = makeFindings();
    const faults = await snapshot.faults();
    for (const words of faults) out(`the engine finds its file damaged: ${words}`);
    // What is read from a damaged file says nothing.
    if (faults.length > 0) return false;
    await checkSigningKeys(storage, seals, findings);
    await checkAccounts(storage, seals, findings);
    const groups = await read.select({ id: tables.group.id }).from(tables.group);
    const applications = await checkApplications(storage, new Set(groups.map(({ id }) => id)), findings);
    const accountsAmong = async (ids: readonly string[]): Promise<Set<string>> => {
      if (ids.length === 0) return new Set();
      const { account } = tables;
      const rows = await read
        .select({ id: account.id })
        .from(account)
        .where(inArray(account.id, [...ids]));
      return new Set(rows.map(({ id }) => id));
    };
    await checkProfiles({ storage, seals, findings, applications, accountsAmong });
    await checkOldNames({ storage, seals, findings, applications });
    await checkSpool(storage, seals, findings);
    await checkSealed(snapshot, seals, findings);
    const found = findings.list();
    for (const { code, count, ids } of found) {
      const named = ids.filter((id) => id !== '').join(' ');
      const more = count > ids.length ? ' …' : '';
      out(
        `${NOTES.has(code) ? 'note: ' : ''}${count} ${MEANINGS[code] ?? code}${named === '' ? '' : `: ${named}${more}`}`,
      );
    }
    const sound = found.every(({ code }) => NOTES.has(code));
    if (sound) out('Everything holds together.');
    return sound;
  } finally {
    await snapshot.close();
  }
}

/** The command that looks whether the database holds together. */
export const checkVerbs: Verbs = {
  check: {
    usage: 'check',
    meaning: 'looks whether accounts, profiles, names and keys hold together; changes nothing, and may take minutes',
    options: {},
    async runBare(config, _words, _values, terminal) {
      try {
        if (!(await checkAll(config, terminal))) throw new Refusal();
      } catch (error) {
        if (!(error instanceof BackupError)) throw error;
        terminal.complain(error.message);
        throw new Refusal();
      }
    },
  },
};
