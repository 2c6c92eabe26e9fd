import type { Form } from './form.ts';
import type { Translate } from '../text.ts';

type Props = { t: Translate; form: Form; asked: { readonly use: string } };

/** What a form asks a browser to work out, or a person to answer, before it is taken. The last thing before the button. */
export function Work({ asked }: Props) {
  return <input type="hidden" name="work" value={asked.use} />;
}
