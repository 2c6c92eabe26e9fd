import type { Translate } from '../text.ts';

/** Lines to be taken elsewhere as they are; the script adds a button that copies them. */
export function CopyLines({ t, label, text }: { t: Translate; label: string; text: string }) {
  return (
    <div class="copy lines">
      <pre>
        <code data-copy={t('copy.copy')} data-copied={t('copy.copied')} data-label={label}>
          {text}
        </code>
      </pre>
    </div>
  );
}
