import type { Translate } from '../text.ts';
import { fieldId, type Form } from './form.ts';

/** What is wrong with a form, above everything else, each message leading to its field. */
export function ErrorSummary({ t, form, scope }: { t: Translate; form: Form; scope?: string }) {
  if (form.errors.length === 0) return null;
  const heading = `${fieldId('problem', scope)}-heading`;
  return (
    <div class="problem" role="alert" tabIndex={-1} aria-labelledby={heading} data-focus>
      <h2 id={heading}>{t('form.problem')}</h2>
      <ul>
        {form.errors.map(({ field, message }) => (
          <li key={field}>{field === '' ? message : <a href={`#${fieldId(field, scope)}`}>{message}</a>}</li>
        ))}
      </ul>
    </div>
  );
}
