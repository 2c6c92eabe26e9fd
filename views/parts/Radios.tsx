import type { Translate } from '../text.ts';
import { Choice } from './Choice.tsx';
import { Choices } from './Choices.tsx';
import { errorOf, fieldId, valueOf, type Form } from './form.ts';

export type RadioOption = {
  readonly value: string;
  readonly label: string;
  readonly hint?: string | undefined;
};

type Props = {
  t: Translate;
  form: Form;
  name: string;
  legend: string;
  legendUnseen?: boolean;
  hint?: string;
  scope?: string;
  options: readonly RadioOption[];
};

/** One of a few, all in sight. */
export function Radios({ t, form, name, legend, legendUnseen, hint, scope, options }: Props) {
  const id = fieldId(name, scope);
  const chosen = valueOf(form, name);
  return (
    <Choices t={t} id={id} legend={legend} legendUnseen={legendUnseen} hint={hint} error={errorOf(form, name)}>
      {options.map((option, index) => (
        <Choice
          key={option.value}
          type="radio"
          id={index === 0 ? id : `${id}-${index}`}
          name={name}
          value={option.value}
          label={option.label}
          hint={option.hint}
          checked={option.value === chosen}
        />
      ))}
    </Choices>
  );
}
