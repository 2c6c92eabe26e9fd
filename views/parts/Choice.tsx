import type { ComponentChildren } from 'preact';

type Props = {
  type: 'radio' | 'checkbox';
  id: string;
  name: string;
  value: string;
  label: ComponentChildren;
  hint?: string | undefined;
  checked: boolean;
  disabled?: boolean | undefined;
  describedBy?: string | undefined;
  invalid?: boolean | undefined;
  /** Large, with a frame of its own. */
  card?: boolean | undefined;
};

/** One radio or checkbox with its label; the whole line can be pressed. */
export function Choice(props: Props) {
  const { type, id, name, value, label, hint, checked, disabled, describedBy, invalid, card } = props;
  const described = [describedBy ?? [], hint === undefined ? [] : `${id}-hint`].flat().join(' ');
  return (
    <div class={card ? 'choice card' : 'choice'}>
      <input
        type={type}
        id={id}
        name={name}
        value={value}
        checked={checked}
        disabled={disabled}
        aria-describedby={described === '' ? undefined : described}
        aria-invalid={invalid ? 'true' : undefined}
      />
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
