import { UserError } from '../errors.ts';
import { flag, one, readSecret, text, word, type Verbs } from './verb.ts';

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
  'account suspend': {
    usage: 'account suspend LOGIN',
    meaning: 'refuses the account everywhere from this moment on',
    options: {},
    async run({ accounts }, words) {
      const account = await accounts.findByLogin(word(words, 0, 'the login name'));
      if (account === undefined) throw new UserError('account_unknown');
      await accounts.suspend(account.id);
    },
  },
  'account reinstate': {
    usage: 'account reinstate LOGIN',
    meaning: 'takes a suspension back',
    options: {},
    async run({ accounts }, words) {
      const account = await accounts.findByLogin(word(words, 0, 'the login name'));
      if (account === undefined) throw new UserError('account_unknown');
      await accounts.reinstate(account.id);
    },
  },
};
