import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import { randomId } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { hashSecret, isSecret, newSecret } from './secret.ts';
import { checkSenderDomain } from './sender-domains.ts';
import { isSenderAddress } from './sender-networks.ts';
import { checkApplication, SUBMISSION_MAX, type ApplicationSettings, type SubmissionCredential } from './settings.ts';
import type { ApplicationRow, ApplicationStore } from './store.ts';

type Needs = {
  storage: Storage;
  store: ApplicationStore;
  settingsOf: (row: ApplicationRow) => ApplicationSettings;
  now: () => number;
};

/** Where applications that sign in hand mail over; undefined where they cannot. */
export function submissionPlace(
  config: Pick<Config, 'ALUCO_RELAY_NAME' | 'ALUCO_SUBMISSION' | 'ALUCO_URL'>,
): { readonly host: string; readonly port: string } | undefined {
  const port = /:(\d+)$/u.exec(config.ALUCO_SUBMISSION)?.[1];
  return port === undefined ? undefined : { host: config.ALUCO_RELAY_NAME || new URL(config.ALUCO_URL).hostname, port };
}

/** No secret has this hash. */
const NOBODY = hashSecret(randomId());

/** How applications prove that mail to the relay addresses of their profiles is theirs. */
export function makeSenders({ storage, store, settingsOf, now }: Needs) {
  /** Replaces settings by what `change` makes of them as they stand: two who change them never undo each other's work. */
  function replace(id: string, change: (before: ApplicationSettings) => ApplicationSettings): Promise<void> {
    return storage.write(async (tx) => {
      const row = await store.holdApplication(tx, id);
      if (row === undefined) throw new UserError('application_unknown');
      const settings = checkApplication(change(settingsOf(row)));
      await store.putApplication(tx, { ...row, settings: JSON.stringify(settings) });
    });
  }

  return {
    /**
     * Replaces the domains that the application writes from, and the networks its machines stand in.
     * @throws {SettingsProblem} or {UserError} application_unknown
     */
    changeSenders(
      id: string,
      { senderDomains, senderNetworks }: Pick<ApplicationSettings, 'senderDomains' | 'senderNetworks'>,
    ): Promise<void> {
      return replace(id, (before) => ({ ...before, senderDomains, senderNetworks }));
    },

    /**
     * Adds one domain to those that the application writes from.
     * @throws {SettingsProblem} where there are too many; {UserError} application_unknown, sender_suffix where anybody
     * can have a name below it, sender_anybody where anybody can have an address in it
     */
    async allowSender(id: string, domain: string): Promise<void> {
      checkSenderDomain(domain);
      await replace(id, (before) => ({ ...before, senderDomains: [...new Set([...before.senderDomains, domain])] }));
    },

    /**
     * Makes a credential with which the application hands mail over; its user name is the application's id. The secret
     * is shown this once.
     * @throws {UserError} application_unknown, submission_full
     */
    async addSubmission(id: string): Promise<{ credential: SubmissionCredential; secret: string }> {
      const secret = newSecret();
      const createdDay = new Date(now()).toISOString().slice(0, 10);
      const credential = { id: randomId(), hash: hashSecret(secret), createdDay };
      await replace(id, (before) => {
        if (before.submission.length >= SUBMISSION_MAX) throw new UserError('submission_full');
        return { ...before, submission: [...before.submission, credential] };
      });
      return { credential, secret };
    },

    /**
     * Removes a credential; it is refused from then on.
     * @throws {UserError} application_unknown, submission_unknown
     */
    removeSubmission(id: string, credentialId: string): Promise<void> {
      return replace(id, (before) => {
        const left = before.submission.filter((one) => one.id !== credentialId);
        if (left.length === before.submission.length) throw new UserError('submission_unknown');
        return { ...before, submission: left };
      });
    },

    /** Whether any application is known by this machine's address. */
    async knowsMachine(address: string): Promise<boolean> {
      const rows = await store.applications();
      return rows.some((row) => isSenderAddress(address, settingsOf(row).senderNetworks));
    },

    /**
     * The application that signs in to hand mail over; undefined where user or password is wrong. A wrong password of
     * an application costs what the name of none does.
     */
    async authenticateSubmission(user: string, password: string): Promise<string | undefined> {
      const row = await store.applicationNamed(user);
      const hashes = row === undefined ? [] : settingsOf(row).submission.map(({ hash }) => hash);
      const compared = Array.from({ length: SUBMISSION_MAX }, (_, at) => isSecret(password, hashes[at] ?? NOBODY));
      return compared.includes(true) ? row?.id : undefined;
    },
  };
}
