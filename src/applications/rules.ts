import { createHash } from 'node:crypto';
import { checkApplication, type ApplicationSettings } from './settings.ts';
import { RULE_PRESETS } from './username-rule.ts';

/** What moderators say about their application's profiles, unless an administrator keeps it to themselves. */
export type Rules = Pick<ApplicationSettings, 'policy' | 'quota'> & {
  /** Names that nobody gets there, beside those that nobody gets anywhere. */
  readonly reserved: readonly string[];
};

/** What an application says about its profiles. */
export function rulesOf({ policy, quota, rule }: Pick<ApplicationSettings, 'policy' | 'quota' | 'rule'>): Rules {
  return { policy, quota, reserved: rule.reserved };
}

/** The settings with other rules, and everything else as it is. */
export function withRules<T extends Pick<ApplicationSettings, 'rule'>>(
  settings: T,
  { policy, quota, reserved }: Rules,
) {
  return { ...settings, policy, quota, rule: { ...settings.rule, reserved: [...reserved] } };
}

/**
 * Reads rules as somebody typed them for an application. What its kind of names keeps from everybody stays kept.
 * @throws {SettingsProblem} for `policy`, `quota` or `reserved`
 */
export function readRules(
  settings: ApplicationSettings,
  typed: { readonly policy: string; readonly quota: string; readonly reserved: readonly string[] },
): Rules {
  const quota = /^\d{1,3}$/u.test(typed.quota.trim()) ? Number(typed.quota) : Number.NaN;
  const { preset } = settings.rule;
  const kept = Object.hasOwn(RULE_PRESETS, preset) ? RULE_PRESETS[preset as keyof typeof RULE_PRESETS].reserved : [];
  const rule = { ...settings.rule, reserved: [...new Set([...kept, ...typed.reserved])] };
  return rulesOf(checkApplication({ ...settings, policy: typed.policy, quota, rule }));
}

/** A mark of rules, by which a form knows whether they are still those it showed. */
export function markOf(rules: Rules): string {
  return createHash('sha256')
    .update(JSON.stringify([rules.policy, rules.quota, rules.reserved]))
    .digest('base64url');
}
