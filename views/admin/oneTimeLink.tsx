import { CopyValue } from '../parts/CopyValue.tsx';
import type { Translate } from '../text.ts';

/** A link to hand over, and whom it is for: an invitation's label or a login name. */
export type ShownLink = { readonly address: string; readonly label: string };

/** A link that was just made. It stands on this answer and on no other page. */
export function OneTimeLink({ t, link }: { t: Translate; link: ShownLink }) {
  return (
    <section class="panel lone marked" aria-labelledby="one-time">
      <h2 id="one-time">{t('admin.accounts.link_for', { label: link.label })}</h2>
      <div class="reference">
        <p>{t('admin.accounts.link_once')}</p>
        <CopyValue t={t} label={t('admin.accounts.link')} value={link.address} large />
      </div>
    </section>
  );
}
