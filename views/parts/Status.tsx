import type { Translate } from '../text.ts';

/** Where a profile stands in its life. */
export type ProfileStatus = 'active' | 'requested' | 'blocked' | 'retired' | 'deleted';

/** The status as a small label. */
export function Status({ t, status }: { t: Translate; status: ProfileStatus }) {
  return <span class={`status ${status}`}>{t(`status.${status}`)}</span>;
}
