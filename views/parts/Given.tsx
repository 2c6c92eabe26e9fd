import type { Translate } from '../text.ts';
import { Address } from './Address.tsx';

/** A setting that the program was started with: shown, not asked. `setting` is its name there. */
export function Given({ t, label, value, setting }: { t: Translate; label: string; value: string; setting: string }) {
  return (
    <div class="field given">
      <p class="label">{label}</p>
      <p>{value === '' ? t('admin.house.given_empty') : <Address address={value} />}</p>
      <p class="hint">{t('admin.house.given', { setting })}</p>
    </div>
  );
}
