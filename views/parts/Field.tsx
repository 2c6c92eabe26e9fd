import { describedBy, errorOf, fieldId, valueOf, type Form } from './form.ts';
import { Labelled, type LabelledProps } from './Labelled.tsx';

type Props = LabelledProps & {
  form: Form;
  type?: 'text' | 'password' | 'email' | 'url' | 'number' | 'date';
  autocomplete?:
    'off' | 'username' | 'current-password' | 'new-password' | 'email' | 'one-time-code' | 'username webauthn';
  inputMode?: 'text' | 'email' | 'url' | 'numeric';
  size?: 'short';
};

/** One line of text. Passwords are never filled in again; the script adds a button to show them. */
export function Field(props: Props) {
  const { t, form, name, label, hint, required, scope, type = 'text', autocomplete, inputMode, size } = props;
  const id = fieldId(name, scope);
  const error = errorOf(form, name);
  const secret = type === 'password';
  const prose = type === 'text' && autocomplete === undefined;
  return (
    <Labelled t={t} id={id} label={label} hint={hint} error={error} required={required}>
      <input
        id={id}
        name={name}
        type={type}
        value={secret ? undefined : valueOf(form, name)}
        class={size}
        required={required}
        autocomplete={autocomplete}
        inputMode={inputMode}
        autocapitalize={prose ? undefined : 'none'}
        spellcheck={prose ? undefined : false}
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error === undefined ? undefined : 'true'}
        data-show={secret ? t('form.show_password') : undefined}
        data-hide={secret ? t('form.hide_password') : undefined}
      />
    </Labelled>
  );
}
