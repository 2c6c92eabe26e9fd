import type { LogLine, Mode } from '../../mail/owner.ts';
import type { TextKey, Translate } from '../../../views/text.ts';

const HELD: Readonly<Record<NonNullable<LogLine['heldFor']>, TextKey>> = {
  choice: 'relay.in_held_choice',
  stranger: 'relay.in_held_stranger',
  mailbox: 'relay.in_held_mailbox',
  limit: 'relay.in_held_limit',
};

const IN: Readonly<Record<LogLine['outcome'], TextKey>> = {
  waiting: 'relay.in_waiting',
  held: 'relay.in_held_choice',
  delivered: 'relay.in_delivered',
  bounced: 'relay.in_bounced',
  failed: 'relay.in_failed',
  muted: 'relay.in_muted',
  refused: 'relay.in_refused',
  stranger: 'relay.in_stranger',
  stopped: 'relay.in_stopped',
};

const OUT: Readonly<Record<LogLine['outcome'], TextKey>> = {
  ...IN,
  waiting: 'relay.out_waiting',
  held: 'relay.out_waiting',
  delivered: 'relay.out_delivered',
  bounced: 'relay.out_bounced',
  failed: 'relay.out_failed',
};

/** What became of a message, in a few words for its owner. */
export function outcomeText(t: Translate, { way, outcome, heldFor, trouble }: LogLine, application: string): string {
  if (way === 'out') return t(OUT[outcome], { application });
  if (outcome === 'held' && heldFor !== undefined) return t(HELD[heldFor], { application });
  const isTriedAgain = outcome === 'waiting' && trouble !== undefined;
  return t(isTriedAgain ? 'relay.in_trouble' : IN[outcome], { application });
}

/** By the classes of RFC 3463 §3.2–3.8: the second and third number of an enhanced status code. */
const BY_STATUS: readonly (readonly [RegExp, TextKey])[] = [
  [/^1\./u, 'relay.reason_unknown'],
  [/^2\.2$/u, 'relay.reason_full'],
  [/^2\.3$|^3\.4$/u, 'relay.reason_large'],
  [/^2\./u, 'relay.reason_closed'],
  [/^4\.[0-5]$/u, 'relay.reason_away'],
  [/^7\./u, 'relay.reason_policy'],
];

/** Why a message was not taken, in plain words. Says nothing that only the other server can know. */
export function reasonText(t: Translate, { code, enhanced }: NonNullable<LogLine['trouble']>): string {
  if (!/^\d{3}$/u.test(code)) return t('relay.reason_away');
  const status = enhanced.replace(/^\d\./u, '');
  const known = BY_STATUS.find(([pattern]) => pattern.test(status));
  if (known !== undefined) return t(known[1]);
  if (code === '552') return t('relay.reason_full');
  return t(code.startsWith('4') ? 'relay.reason_later' : 'relay.reason_other');
}

const MODES: Readonly<Record<Mode, TextKey>> = {
  on: 'relay.panel_on',
  held: 'relay.panel_held',
  muted: 'relay.panel_muted',
};

/** What becomes of mail to a profile, in a sentence; without a mode nothing is forwarded at all. */
export function modeText(t: Translate, mode: Mode | undefined, application: string): string {
  return mode === undefined ? t('relay.off') : t(MODES[mode], { application });
}
