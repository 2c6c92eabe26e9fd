import { describedBy, errorOf, fieldId, valueOf, type Form } from './form.ts';
import { Labelled, type LabelledProps } from './Labelled.tsx';

type Props = LabelledProps & {
  form: Form;
  rows?: number;
  /** Addresses, patterns, keys: monospaced and never corrected. */
  code?: boolean;
};

/** Several lines of text. */
export function TextArea({ t, form, name, label, hint, required, scope, rows = 4, code = false }: Props) {
  const id = fieldId(name, scope);
  const error = errorOf(form, name);
  return (
    <Labelled t={t} id={id} label={label} hint={hint} error={error} required={required}>
      <textarea
        id={id}
        name={name}
        rows={rows}
        class={code ? 'code' : undefined}
        required={required}
        spellcheck={code ? false : undefined}
        autocapitalize={code ? 'none' : undefined}
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error === undefined ? undefined : 'true'}
      >
        {valueOf(form, name)}
      </textarea>
    </Labelled>
  );
}
