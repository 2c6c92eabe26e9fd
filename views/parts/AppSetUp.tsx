import type { Translate } from '../text.ts';
import { CopyValue } from './CopyValue.tsx';
import { Field } from './Field.tsx';
import type { Form } from './form.ts';
import { Hidden } from './Hidden.tsx';

/** `setUp` goes with the form. `picture`: the address of the QR code. `secret`: in groups. `uri`: opens an app here. */
export type AppSetUpShown = {
  readonly setUp: string;
  readonly uri: string;
  readonly picture: string;
  readonly secret: string;
};

/** The secret of an authenticator app, to be taken over, and the field for the code that shows it arrived. Field: code. */
export function AppSetUp({ t, setUp, form }: { t: Translate; setUp: AppSetUpShown; form: Form }) {
  return (
    <>
      <Hidden fields={[{ name: 'setUp', value: setUp.setUp }]} />
      <ol class="steps">
        <li>{t('set_up.app')}</li>
        <li>
          {t('set_up.scan')}
          <img class="qr" src={setUp.picture} alt={t('set_up.picture')} width="232" height="232" />
          <details class="more">
            <summary>{t('set_up.by_hand')}</summary>
            <p class="hint">{t('set_up.by_hand_what')}</p>
            <CopyValue t={t} label={t('set_up.secret')} value={setUp.secret} />
            <p>
              <a href={setUp.uri}>{t('set_up.here')}</a>
            </p>
          </details>
        </li>
        <li>{t('set_up.type')}</li>
      </ol>
      <Field
        t={t}
        form={form}
        name="code"
        label={t('factor.code')}
        autocomplete="one-time-code"
        inputMode="numeric"
        size="short"
        required
      />
    </>
  );
}
