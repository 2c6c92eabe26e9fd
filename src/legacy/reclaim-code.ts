import { randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Accounts, Post } from '../accounts/accounts.ts';
import type { Application } from '../applications/applications.ts';
import { hashId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Transients } from '../storage/transient.ts';
import { findNamed, typedName, type Found, type Typed } from './reclaim-finding.ts';
import type { ReclaimStore } from './reclaim-store.ts';

/** How long the code of a letter is good, in milliseconds; the letter says so, too. */
export const CODE_LIFE = 30 * 60_000;

const MODEL = 'OldNameCode';
const DIGITS = 8;
/** Nobody types more, with whatever between the digits. */
const TYPED_MAX = 40;

/** Where there is nobody to send it to, there is a code all the same, which no address has. */
const kept = z.object({ code: z.string(), to: z.string(), nameKey: z.string(), batchId: z.string() });

type Needs = {
  accounts: Pick<Accounts, 'oldNames'>;
  transients: Transients;
  store: ReclaimStore;
  storage: Storage;
  seals: Seals;
  now: () => number;
  post: Post;
};

/** Who asks for a code. `language`: of the page. */
export type CodeAsked = { readonly name: string; readonly network: string; readonly language: 'fr' | 'en' };

/** Codes to the addresses that old accounts had: each good for one account and one name. */
export function makeCodes({ accounts, transients, store, storage, seals, now, post }: Needs) {
  /** Under keys of ours: nobody who has a copy of the tables can ask it who wants which name (P2). */
  const idsOf = (accountId: string, applicationId: string, { canonical }: Typed): string[] =>
    seals.tags('legacy-code', accountId, applicationId, canonical);

  return {
    /**
     * Sends a code to the address of an old name, if there is one that nobody has taken back. What comes back is the same
     * in every case, and so is the work; too many letters to one person are silently not written. The letter says
     * nothing of the account: whoever reads it may be anybody.
     * @throws {UserError} try_later{seconds}, of the account and the network alone
     */
    async send(accountId: string, application: Application, asked: CodeAsked): Promise<void> {
      const typed = typedName(asked.name);
      const found = await findNamed({ store, seals }, application.id, typed);
      const to = found?.row.status === 'free' ? found.secret.address : undefined;
      const attempt = {
        accountId,
        applicationId: application.id,
        nameKey: typed.canonical,
        network: asked.network,
      };
      if (!(await accounts.oldNames.mayWrite(attempt, to))) return;
      const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');
      const [id = ''] = idsOf(accountId, application.id, typed);
      const { nameKey = '', batchId = '' } = found?.row ?? {};
      const sent: z.input<typeof kept> = { code, to: to ?? '', nameKey, batchId };
      await transients.put(MODEL, id, sent, now() + CODE_LIFE);
      await storage.write(async (tx) => {
        if (found === undefined || to === undefined) return store.pass(tx);
        const shown = `${code.slice(0, DIGITS / 2)} ${code.slice(DIGITS / 2)}`;
        const values = { application: application.name, name: found.row.name, code: shown };
        return post(tx, { kind: 'old_name_code', to, language: asked.language, values });
      });
    },

    /** Whether this is the code that was sent, for this account, to the address that the name still has. */
    async isRight(
      accountId: string,
      applicationId: string,
      typed: Typed,
      found: Found | undefined,
      text: string,
    ): Promise<boolean> {
      const all = await Promise.all(idsOf(accountId, applicationId, typed).map((id) => transients.find(MODEL, id)));
      const values = all.flatMap((one) => (one === undefined ? [] : [kept.parse(one.value)]));
      const code = text.length > TYPED_MAX ? '' : text.replaceAll(/[^0-9]/gu, '');
      const [sent] = values;
      // Hashes are of one length, whatever was typed.
      const isSame = timingSafeEqual(Buffer.from(hashId(sent?.code ?? '')), Buffer.from(hashId(code)));
      if (sent === undefined || found === undefined || !isSame) return false;
      const { nameKey, batchId, status } = found.row;
      const isIts = nameKey === sent.nameKey && batchId === sent.batchId && found.secret.address === sent.to;
      return isIts && status === 'free';
    },

    /** Forgets the code of a name that was taken back. */
    async forget(accountId: string, applicationId: string, typed: Typed): Promise<void> {
      for (const id of idsOf(accountId, applicationId, typed)) await transients.remove(MODEL, id);
    },
  };
}
