import { describedBy, errorOf, fieldId, valueOf, type Form } from './form.ts';
import { Labelled, type LabelledProps } from './Labelled.tsx';

export type Option = { readonly value: string; readonly label: string; readonly disabled?: boolean | undefined };

type Props = LabelledProps & { form: Form; options: readonly Option[] };

/** One of several, folded. */
export function Select({ t, form, name, label, hint, required, scope, options }: Props) {
  const id = fieldId(name, scope);
  const error = errorOf(form, name);
  const chosen = valueOf(form, name);
  return (
    <Labelled t={t} id={id} label={label} hint={hint} error={error} required={required}>
      <select
        id={id}
        name={name}
        required={required}
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error === undefined ? undefined : 'true'}
      >
        {options.map(({ value, label: text, disabled }) => (
          <option key={value} value={value} selected={value === chosen} disabled={disabled}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}
