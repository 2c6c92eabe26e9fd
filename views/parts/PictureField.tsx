import type { Translate } from '../text.ts';
import { Checkbox } from './Checkbox.tsx';
import { describedBy, errorOf, type Form } from './form.ts';
import { Labelled } from './Labelled.tsx';

type Props = {
  t: Translate;
  form: Form;
  label: string;
  hint: string;
  /** The kinds to choose from, such as `image/png`. */
  accept: string;
  /** The picture there is: an address of this server, or a data: address. */
  current: string | undefined;
  removeLabel: string;
};

const isOurs = (address: string): boolean => address.startsWith('data:image/') || address.startsWith('/look/');

/**
 * A picture from a file: `picture`, with `removePicture` to take away the one there is. One that was chosen while
 * something else was wrong stays chosen, as `keptPicture`. The form must be of the kind that takes files.
 */
export function PictureField({ t, form, label, hint, accept, current, removeLabel }: Props) {
  const error = errorOf(form, 'picture');
  const kept = form.values['keptPicture'] ?? '';
  const shown = [kept, current ?? ''].find(isOurs);
  return (
    <>
      <Labelled t={t} id="picture" label={label} hint={hint} error={error}>
        {shown !== undefined && <img class="picture" src={shown} alt="" width="56" height="56" />}
        <input
          id="picture"
          name="picture"
          type="file"
          accept={accept}
          aria-describedby={describedBy('picture', hint, error)}
          aria-invalid={error === undefined ? undefined : 'true'}
        />
        {isOurs(kept) && <input type="hidden" name="keptPicture" value={kept} />}
      </Labelled>
      {shown !== undefined && <Checkbox t={t} form={form} name="removePicture" label={removeLabel} />}
    </>
  );
}
