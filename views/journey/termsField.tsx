import type { Frame } from '../layout.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { Link } from '../parts/Link.tsx';

/** The rules that somebody accepts by making an account, and where they are if that is known. */
export type TermsToAccept = { readonly version: string; readonly rulesUrl?: string | undefined };

type Props = { frame: Frame; form: Form; terms: TermsToAccept };

/** Where the rules are, and the tick that accepts them: `terms`, for the `version` that is named. */
export function TermsField({ frame, form, terms: { version, rulesUrl } }: Props) {
  const { t } = frame;
  return (
    <>
      <p>
        {rulesUrl === undefined ? (
          t('terms.elsewhere', { version })
        ) : (
          <Link href={rulesUrl}>{t('terms.read', { version })}</Link>
        )}
      </p>
      <Hidden fields={[{ name: 'version', value: version }]} />
      <Checkbox t={t} form={form} name="terms" label={t('terms.tick', { instance: frame.instance.name })} />
    </>
  );
}
