import { UserError } from '../errors.ts';
import { canonicalName, SHAPE_VERSION, shapeOf } from '../names.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, sealDetails, type Account, type Language, type Role } from './account.ts';
import type { AccountLog } from './account-log.ts';
import type { Hasher } from './hashing.ts';
import { parseLoginName } from './login-name.ts';
import { searchTagOf } from './mailbox.ts';
import { canonicalMailbox, parseMailbox } from '../mailbox.ts';
import { sealPassword, type PasswordRules } from './password.ts';
import { makeAccountStore } from './store.ts';

export type NewAccount = {
  loginName: string;
  password: string;
  mailbox?: string | undefined;
  /** Whether somebody we trust says that the mailbox is this person's. */
  mailboxVerified?: boolean | undefined;
  language: Language;
  administrator?: boolean | undefined;
  /** The version of the rules that the person accepts by making the account. */
  termsAccepted?: string | undefined;
  /** Whether an administrator has to say yes before it may do anything. */
  awaiting?: boolean | undefined;
};

/** What else is written in the transaction that makes an account; what it throws, there is no account either. */
export type Alongside = (tx: Db, accountId: string) => Promise<void>;

export type Add = ReturnType<typeof makeAdd>;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  accountLog: AccountLog;
  hasher: Hasher;
  rules: PasswordRules;
};

/** Making accounts. */
export function makeAdd({ storage, seals, now, accountLog, hasher, rules }: Needs) {
  const store = makeAccountStore(storage);

  /**
   * Makes an account. Its login name is new to this instance, and so is its look, now and for ever (P3): of several
   * that ask for one at the same moment exactly one gets it. A mailbox that another account has verified is kept, but
   * unverified, and nothing says so (A44).
   * @throws {UserError} login_name_invalid, login_name_too_short{min}, login_name_too_long{max}, login_name_taken,
   *   mailbox_invalid, password_too_short{min}, password_too_long{max}, password_common, password_context,
   *   password_breached,
   *   busy{retryAfter}
   */
  return async function add(person: NewAccount, alongside?: Alongside): Promise<Account> {
    const loginName = parseLoginName(person.loginName);
    const mailbox = person.mailbox === undefined ? undefined : parseMailbox(person.mailbox);
    const details = {
      loginName,
      ...(mailbox === undefined ? {} : { mailbox }),
      language: person.language,
      ...(person.termsAccepted === undefined ? {} : { termsAccepted: person.termsAccepted }),
    };
    const secret = await rules.check(person.password, details);
    const shape = [SHAPE_VERSION, shapeOf(loginName)];
    const shapeTags = seals.tags('login-shape', ...shape);
    // Before the hash, which is the dear part; decided below.
    if (await store.isShapeTaken(storage.read, shapeTags)) throw new UserError('login_name_taken');

    const id = randomId();
    const password = sealPassword(seals, id, await hasher.hash(secret));
    const canonical = mailbox === undefined ? undefined : canonicalMailbox(mailbox);
    const verified = person.mailboxVerified === true ? canonical : undefined;
    const row = {
      id,
      loginTag: seals.tag('login', canonicalName(loginName)),
      role: (person.administrator === true ? 'administrator' : 'person') satisfies Role,
      status: (person.awaiting === true ? 'awaiting' : 'active') satisfies Account['status'],
      createdMonth: new Date(now()).toISOString().slice(0, 7),
      sealed: sealDetails(seals, id, details),
      mailboxTag: null,
      mailboxSearchTag: canonical === undefined ? null : searchTagOf(seals, canonical),
    };
    return storage.write(async (tx) => {
      // An older key's tags are never written any more, so looking is enough for those.
      const free = !(await store.isShapeTaken(tx, shapeTags));
      if (!free || !(await store.takeShape(tx, seals.tag('login-shape', ...shape)))) {
        throw new UserError('login_name_taken');
      }
      let mailboxTag =
        verified === undefined || (await store.isMailboxOfOther(tx, seals.tags('mailbox', verified), id))
          ? null
          : seals.tag('mailbox', verified);
      if (!(await store.insert(tx, { ...row, mailboxTag }))) {
        // The shape was free, so it is the mailbox that somebody verified at this very moment.
        mailboxTag = null;
        if (!(await store.insert(tx, row))) throw new UserError('login_name_taken');
      }
      await store.insertPassword(tx, randomId(), id, password);
      await accountLog.add(tx, id, { kind: 'made' });
      if (row.role === 'administrator') await accountLog.add(tx, id, { kind: 'role_administrator' });
      await alongside?.(tx, id);
      return accountOf(seals, { ...row, mailboxTag }, now());
    });
  };
}
