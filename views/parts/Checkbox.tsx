import type { Translate } from '../text.ts';
import { Choice } from './Choice.tsx';
import { Choices } from './Choices.tsx';
import { ErrorMessage } from './ErrorMessage.tsx';
import { errorOf, fieldId, valueOf, type Form } from './form.ts';

type Props = { t: Translate; form: Form; name: string; label: string; hint?: string; scope?: string };

/** Yes or no, sent as "on"; ticked when the form holds any value. */
export function Checkbox({ t, form, name, label, hint, scope }: Props) {
  const id = fieldId(name, scope);
  const error = errorOf(form, name);
  return (
    <div class={error === undefined ? 'field' : 'field is-wrong'}>
      <ErrorMessage t={t} id={id} message={error} />
      <Choice
        type="checkbox"
        id={id}
        name={name}
        value="on"
        label={label}
        hint={hint}
        checked={valueOf(form, name) !== ''}
        describedBy={error === undefined ? undefined : `${id}-error`}
        invalid={error !== undefined}
      />
    </div>
  );
}

type GroupProps = {
  t: Translate;
  name: string;
  legend: string;
  legendUnseen?: boolean;
  hint?: string;
  scope?: string;
  error?: string | undefined;
  options: readonly { readonly value: string; readonly label: string; readonly checked: boolean }[];
};

/** Any of several; each ticked one sends its value under the same name. */
export function Checkboxes({ t, name, legend, legendUnseen, hint, scope, error, options }: GroupProps) {
  const id = fieldId(name, scope);
  return (
    <Choices t={t} id={id} legend={legend} legendUnseen={legendUnseen} hint={hint} error={error}>
      {options.map((option, index) => (
        <Choice
          key={option.value}
          type="checkbox"
          id={index === 0 ? id : `${id}-${index}`}
          name={name}
          value={option.value}
          label={option.label}
          checked={option.checked}
        />
      ))}
    </Choices>
  );
}
