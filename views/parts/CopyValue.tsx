import type { Translate } from '../text.ts';

/** A value to be taken elsewhere, selected by one press; the script adds a button that copies it. */
export function CopyValue({ t, label, value, large }: { t: Translate; label: string; value: string; large?: boolean }) {
  return (
    <span class={large ? 'copy large' : 'copy'}>
      <code data-copy={t('copy.copy')} data-copied={t('copy.copied')} data-label={label}>
        {value}
      </code>
    </span>
  );
}
