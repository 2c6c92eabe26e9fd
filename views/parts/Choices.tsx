import type { ComponentChildren } from 'preact';
import type { Translate } from '../text.ts';
import { ErrorMessage } from './ErrorMessage.tsx';
import { describedBy } from './form.ts';

type Props = {
  t: Translate;
  id: string;
  legend: string;
  hint?: string | undefined;
  error?: string | undefined;
  /** The question is already the heading of the page. */
  legendUnseen?: boolean | undefined;
  children: ComponentChildren;
};

/** The question over a group of radios or checkboxes; the first of them carries the id. */
export function Choices({ t, id, legend, hint, error, legendUnseen, children }: Props) {
  // The first choice has the id, and a hint of its own by it.
  const hintId = `${id}-all-hint`;
  const ids = [hint === undefined ? [] : hintId, describedBy(id, undefined, error) ?? []].flat();
  return (
    <fieldset
      class={error === undefined ? 'field' : 'field is-wrong'}
      aria-describedby={ids.length === 0 ? undefined : ids.join(' ')}
    >
      <legend class={legendUnseen ? 'unseen' : undefined}>{legend}</legend>
      {hint !== undefined && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
      <ErrorMessage t={t} id={id} message={error} />
      {children}
    </fieldset>
  );
}
