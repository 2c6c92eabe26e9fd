import type { Rules } from '../../applications/applications.ts';
import type { Translate } from '../../../views/text.ts';

/** What rules say, a sentence each. */
export function rulesInWords(t: Translate, { policy, quota, reserved }: Rules): string[] {
  return [
    t('moderation.rules.says', { policy: t(`policy.${policy}`), what: t(`policy.what.${policy}`) }),
    t('moderation.rules.says_quota', { quota }),
    ...(reserved.length === 0
      ? []
      : [t('moderation.rules.says_reserved', { names: reserved.slice(0, 50).join(', ') })]),
  ];
}

/**
 * What a change of rules will mean, a sentence each, with everything that is not to be seen from the form: what becomes
 * of what is there, what waits, and what people will see. `waiting`: how many requests there are.
 */
export function meaningOf(t: Translate, before: Rules, wanted: Rules, waiting: number): string[] {
  const isOther = before.policy !== wanted.policy;
  const added = wanted.reserved.filter((name) => !before.reserved.includes(name)).length;
  const removed = before.reserved.filter((name) => !wanted.reserved.includes(name)).length;
  return [
    ...(isOther ? [t(`moderation.rules.sees.${wanted.policy}`)] : []),
    ...(isOther && wanted.policy === 'further-approved' ? [t('moderation.rules.tells_another')] : []),
    ...(isOther && wanted.policy === 'account-name' ? [t('moderation.rules.tells_login')] : []),
    ...(wanted.quota > before.quota ? [t('moderation.rules.raised', { quota: wanted.quota })] : []),
    ...(wanted.quota < before.quota ? [t('moderation.rules.lowered', { quota: wanted.quota })] : []),
    ...(wanted.quota === before.quota ? [] : [t('moderation.rules.exceptions')]),
    ...(waiting === 0 ? [] : [t('moderation.rules.waiting', { count: waiting })]),
    ...(added === 0 ? [] : [t('moderation.rules.reserved', { count: added })]),
    ...(removed === 0 ? [] : [t('moderation.rules.freed', { count: removed })]),
    t('moderation.rules.kept'),
  ];
}
