import { CopyValue } from '../parts/CopyValue.tsx';
import type { Translate } from '../text.ts';

/** A link to hand over, and whom it is for: an invitation's label or a login name. */
export type ShownLink = {
  readonly address: string;
  readonly label: string;
  /** For how many people it is, where not for one and a day. */
  readonly uses?: number;
  readonly days?: number;
};

/** A link that was just made. It stands on this answer and on no other page. */
export function OneTimeLink({ t, link }: { t: Translate; link: ShownLink }) {
  const { uses = 1, days = 1 } = link;
  return (
    <section class="panel lone marked" aria-labelledby="one-time">
      <h2 id="one-time">{t('admin.accounts.link_for', { label: link.label })}</h2>
      <div class="reference">
        <p>{uses > 1 || days > 1 ? t('admin.accounts.link_uses', { uses, days }) : t('admin.accounts.link_once')}</p>
        <CopyValue t={t} label={t('admin.accounts.link')} value={link.address} large />
      </div>
    </section>
  );
}
