import type { Translate } from '../text.ts';

/** The message beside a field, found by aria-describedby. */
export function ErrorMessage({ t, id, message }: { t: Translate; id: string; message: string | undefined }) {
  if (message === undefined) return null;
  return (
    <p class="wrong" id={`${id}-error`}>
      <span class="unseen">{t('form.error_prefix')} </span>
      {message}
    </p>
  );
}
