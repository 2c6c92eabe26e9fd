import type { Application, UsernameRule } from '../applications/applications.ts';
import type { TextKey, Translate } from '../../views/text.ts';

/** What an application will receive, for the one line that says so before it happens. */
export function receivedBy(t: Translate, application: Application, showsGroups: boolean): string[] {
  return [
    t('receives.name'),
    ...(application.email === 'alias' ? [t('receives.address')] : []),
    ...(showsGroups ? [t('receives.groups')] : []),
  ];
}

const CHARACTERS: Record<string, TextKey> = {
  fediverse: 'rule.lower_digits_underscore',
  mastodon: 'rule.letters_digits_underscore',
  lemmy: 'rule.letters_digits_underscore',
  mobilizon: 'rule.lower_digits_underscore',
  pixelfed: 'rule.letters_digits_marks',
  gitea: 'rule.letters_digits_marks',
  discourse: 'rule.letters_digits_marks',
  hedgedoc: 'rule.letters_digits_marks',
  grafana: 'rule.letters_digits_marks',
  gitlab: 'rule.letters_digits_hyphen_underscore',
};

/** A username rule in words. */
export function ruleInWords(t: Translate, rule: UsernameRule): string {
  return t('rule.text', { min: rule.min, max: rule.max, characters: t(CHARACTERS[rule.preset] ?? 'rule.own') });
}
