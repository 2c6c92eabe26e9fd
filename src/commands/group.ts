import { UserError } from '../errors.ts';
import { findGroup } from './find-group.ts';
import { isOn, UsageError, word, type Verbs } from './verb.ts';

/** Commands about groups. */
export const groupVerbs: Verbs = {
  'group add': {
    usage: 'group add NAME',
    meaning: 'makes a group',
    options: {},
    async run({ accounts }, words, _values, { out }) {
      const { id, name } = await accounts.groups.create(word(words, 0, 'the name'));
      out(`${id} ${name}`);
    },
  },
  'group list': {
    usage: 'group list',
    meaning: 'lists the groups and how many people each has',
    options: {},
    async run({ accounts }, _words, _values, { out }) {
      for (const { id, name, members } of await accounts.groups.list()) out(`${id} ${members} ${name}`);
    },
  },
  'group second-factor': {
    usage: 'group second-factor GROUP on|off',
    meaning: 'says whether the members of a group must have a second factor',
    options: {},
    async run(parts, words) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      await parts.accounts.groups.setSecondFactor(id, isOn(word(words, 1, 'on or off')));
    },
  },
  'group remove': {
    usage: 'group remove GROUP',
    meaning: 'removes a group',
    options: {},
    async run(parts, words) {
      await parts.accounts.groups.remove((await findGroup(parts, word(words, 0, 'the group'))).id);
    },
  },
  'group members': {
    usage: 'group members GROUP',
    meaning: 'lists who is in a group',
    options: {},
    async run(parts, words, _values, { out }) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      for (const loginName of await parts.accounts.groups.members(id)) out(loginName);
    },
  },
  'group fill': {
    usage: 'group fill GROUP LOGIN…',
    meaning: 'adds people to a group',
    options: {},
    async run(parts, words) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      for (const loginName of words.slice(1)) await parts.accounts.groups.addMember(id, loginName);
    },
  },
  'group empty': {
    usage: 'group empty GROUP [LOGIN…]',
    meaning: 'takes people out of a group; without names, everybody',
    options: {},
    async run(parts, words) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      const leaving = words.length > 1 ? words.slice(1) : await parts.accounts.groups.members(id);
      for (const loginName of leaving) await parts.accounts.groups.removeMember(id, loginName);
    },
  },
  'group delegates': {
    usage: 'group delegates GROUP',
    meaning: 'lists who looks after a group: adds and removes its members, and sees nothing else',
    options: {},
    async run(parts, words, _values, { out }) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      for (const { loginName } of await parts.accounts.delegates.of(id)) out(loginName);
    },
  },
  'group delegate': {
    usage: 'group delegate GROUP add|remove LOGIN',
    meaning: 'has somebody look after a group, or no more',
    options: {},
    async run(parts, words) {
      const { id } = await findGroup(parts, word(words, 0, 'the group'));
      const act = word(words, 1, 'add or remove');
      if (act !== 'add' && act !== 'remove') throw new UsageError('it is add or remove');
      const account = await parts.accounts.findByLogin(word(words, 2, 'the login name'));
      if (account === undefined) throw new UserError('account_unknown');
      const { delegates } = parts.accounts;
      await (act === 'add' ? delegates.name(id, account.id) : delegates.dismiss(id, account.id));
    },
  },
};
