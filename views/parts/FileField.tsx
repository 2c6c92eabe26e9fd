import { describedBy, errorOf, fieldId, type Form } from './form.ts';
import { Labelled, type LabelledProps } from './Labelled.tsx';

type Props = LabelledProps & {
  form: Form;
  /** The kinds to choose from, such as `.xml`. */
  accept: string;
};

/** A file. The form must be of the kind that takes files; what was chosen has to be chosen again. */
export function FileField({ t, form, name, label, hint, required, scope, accept }: Props) {
  const id = fieldId(name, scope);
  const error = errorOf(form, name);
  return (
    <Labelled t={t} id={id} label={label} hint={hint} error={error} required={required}>
      <input
        id={id}
        name={name}
        type="file"
        accept={accept}
        required={required}
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error === undefined ? undefined : 'true'}
      />
    </Labelled>
  );
}
