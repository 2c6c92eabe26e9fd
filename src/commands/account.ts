import { endOfSuspension, type Account, type Role } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import type { Parts } from '../parts.ts';
import { findGroup } from './find-group.ts';
import { all, flag, many, one, readSecret, text, UsageError, word, type Verbs } from './verb.ts';

const HOUR = 3_600_000;

/** @throws {UserError} account_unknown */
async function accountOf({ accounts }: Parts, words: readonly string[]): Promise<Account> {
  const account = await accounts.findByLogin(word(words, 0, 'the login name'));
  if (account === undefined) throw new UserError('account_unknown');
  return account;
}

function roleOf(name: string): Role {
  if (name !== 'person' && name !== 'administrator') throw new UsageError('the role is person or administrator');
  return name;
}

const linkOf = ({ config }: Parts, token: string): string => `${config.ALUCO_URL}/link/${token}`;

function statusOf({ status, suspendedUntil }: Account): string {
  if (status === 'active' || suspendedUntil === undefined) return status;
  return `suspended until the end of ${new Date(suspendedUntil - 1).toISOString().slice(0, 10)} (UTC)`;
}

function mailboxOf({ mailbox, mailboxVerified }: Account): string {
  if (mailbox === undefined) return 'none';
  return mailboxVerified ? 'verified' : 'not verified';
}

/** Commands about accounts. */
export const accountVerbs: Verbs = {
  'account add': {
    usage: 'account add LOGIN [--administrator] [--mailbox ADDRESS [--verified]] [--language fr|en]',
    meaning: 'makes an account; the password is the first line of standard input',
    options: { administrator: flag, mailbox: text, verified: flag, language: text },
    async run({ accounts }, words, values, terminal) {
      const loginName = word(words, 0, 'the login name');
      const mailbox = one(values, 'mailbox');
      const account = await accounts.add({
        loginName,
        password: await readSecret(terminal, 'Password:'),
        ...(mailbox === undefined ? {} : { mailbox, mailboxVerified: values['verified'] === true }),
        language: one(values, 'language') === 'en' ? 'en' : 'fr',
        administrator: values['administrator'] === true,
      });
      terminal.out(`${account.role} ${account.loginName}`);
    },
  },
  'account show': {
    usage: 'account show LOGIN|ADDRESS',
    meaning: 'shows the accounts of a login name, or of an e-mail address whether verified or not',
    options: {},
    async run({ accounts }, words, _values, { out }) {
      const found = await accounts.search(word(words, 0, 'the login name or the address'));
      if (found.length === 0) throw new UserError('account_not_found');
      for (const account of found) {
        const groups = (await accounts.groupsOf(account.id)).map(({ name }) => name);
        out(`login name: ${account.loginName}`);
        out(`  status: ${statusOf(account)}`);
        out(`  role: ${account.role}`);
        out(`  groups: ${groups.length === 0 ? 'none' : groups.join(', ')}`);
        out(`  made in: ${(await accounts.createdMonth(account.id)) ?? ''}`);
        out(`  e-mail address: ${mailboxOf(account)}`);
        out(`  second factor: ${account.secondFactor ? 'set up' : 'none'}`);
      }
    },
  },
  'account suspend': {
    usage: 'account suspend LOGIN [--until YYYY-MM-DD]',
    meaning: 'refuses the account everywhere from this moment on; --until: the last day, in UTC',
    options: { until: text },
    async run(parts, words, values) {
      const { id } = await accountOf(parts, words);
      const day = one(values, 'until');
      await parts.accounts.suspend(id, day === undefined ? undefined : endOfSuspension(day, Date.now()));
    },
  },
  'account reinstate': {
    usage: 'account reinstate LOGIN',
    meaning: 'takes a suspension back',
    options: {},
    async run(parts, words) {
      await parts.accounts.reinstate((await accountOf(parts, words)).id);
    },
  },
  'account end-sessions': {
    usage: 'account end-sessions LOGIN',
    meaning: 'signs the account out everywhere, at applications too',
    options: {},
    async run(parts, words) {
      await parts.accounts.endSessions((await accountOf(parts, words)).id);
    },
  },
  'account link': {
    usage: 'account link LOGIN [--second-factor-lost] [--now] | --withdraw',
    meaning:
      'makes a link, for 24 hours and one use, on which the person chooses a new password. Where they can be told by mail it opens after ALUCO_RECOVERY_WAIT_HOURS; --now: at once, and they are told all the same',
    options: { withdraw: flag, now: flag, 'second-factor-lost': flag },
    async run(parts, words, values, { out }) {
      const { id } = await accountOf(parts, words);
      if (values['withdraw'] === true) return parts.accounts.passwordLinks.withdraw(id);
      const made = await parts.accounts.passwordLinks.make(id, {
        atOnce: values['now'] === true,
        resetsFactors: values['second-factor-lost'] === true,
      });
      out(linkOf(parts, made.token));
      if (made.opensAt > Date.now()) out(`opens at ${new Date(made.opensAt).toISOString()}`);
      if (made.isTold) out('the person is told by mail, and can stop it');
    },
  },
  'account role': {
    usage: 'account role LOGIN person|administrator',
    meaning: 'changes what the account may do here; the last administrator stays one',
    options: {},
    async run(parts, words) {
      const role = roleOf(word(words, 1, 'the role'));
      await parts.accounts.setRole((await accountOf(parts, words)).id, role);
    },
  },
  'account invite': {
    usage: 'account invite LABEL [--administrator] [--uses N] [--days N] [--group GROUP]…',
    meaning:
      'makes a link on which somebody makes an account: for one person (--uses: up to 500) and one day (--days: up to 90); LABEL says whom it is for',
    options: { administrator: flag, uses: text, days: text, group: many },
    async run(parts, words, values, { out }) {
      const groups: string[] = [];
      for (const name of all(values, 'group')) groups.push((await findGroup(parts, name)).id);
      const role = values['administrator'] === true ? 'administrator' : 'person';
      const label = word(words, 0, 'the label');
      const [uses, days] = [Number(one(values, 'uses') ?? 1), Number(one(values, 'days') ?? 1)];
      const { token } = await parts.accounts.invitations.invite({ label, role, groups, uses, days });
      out(linkOf(parts, token));
    },
  },
  'account invitations': {
    usage: 'account invitations',
    meaning: 'lists the invitations that can still be used: how many hours they have left, and for how many people',
    options: {},
    async run({ accounts }, _words, _values, { out }) {
      for (const { id, label, role, uses, expiresAt, isBacked } of await accounts.invitations.list()) {
        const left = isBacked ? `${Math.ceil((expiresAt - Date.now()) / HOUR)} h` : 'no longer valid';
        out(`${id} ${left} ${uses} ${role} ${label}`);
      }
    },
  },
  'account withdraw': {
    usage: 'account withdraw INVITATION',
    meaning: 'takes an invitation back: its link opens nothing any more',
    options: {},
    async run({ accounts }, words) {
      await accounts.invitations.withdraw(word(words, 0, 'the invitation'));
    },
  },
};
