import type { ComponentChildren } from 'preact';
import type { Translate } from '../text.ts';
import { ErrorMessage } from './ErrorMessage.tsx';

/** What Field, TextArea and Select have in common, as their callers see it. */
export type LabelledProps = {
  t: Translate;
  name: string;
  label: string;
  hint?: string | undefined;
  required?: boolean | undefined;
  scope?: string | undefined;
};

type Props = Pick<LabelledProps, 't' | 'label' | 'hint' | 'required'> & {
  id: string;
  error: string | undefined;
  children: ComponentChildren;
};

/** Label, hint and error around one control; says so when the field may stay empty. */
export function Labelled({ t, id, label, hint, error, required, children }: Props) {
  return (
    <div class={error === undefined ? 'field' : 'field is-wrong'}>
      <label for={id}>
        {label}
        {!required && <span class="optional"> {t('form.optional')}</span>}
      </label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <ErrorMessage t={t} id={id} message={error} />
      {children}
    </div>
  );
}
