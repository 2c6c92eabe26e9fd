import type { ComponentChildren } from 'preact';
import type { Translate } from '../text.ts';
import { Csrf } from './Csrf.tsx';

type Props = {
  t: Translate;
  /** Makes a passkey, or uses one. */
  use: 'create' | 'get';
  /** Where the answer goes. The question comes from `options` below it. */
  action: string;
  csrf: string;
  /** Whether a field with autocomplete `webauthn` offers passkeys as well. */
  offer?: boolean;
  children: ComponentChildren;
};

/** The script of pages with such forms. */
export const PASSKEY_SCRIPT = 'passkey.js';

/**
 * A form that a passkey answers. Hidden until the script has found that the browser knows them; what it should say
 * while it waits, and where nothing comes of it, stands in its data. Field: response.
 */
export function PasskeyForm({ t, use, action, csrf, offer = false, children }: Props) {
  return (
    <form
      method="post"
      action={action}
      class="passkey"
      hidden
      novalidate
      data-passkey={use}
      data-options={`${action}/options`}
      data-offer={offer ? '' : undefined}
      data-waiting={t('passkey.waiting')}
      data-cancelled={t('passkey.cancelled')}
      data-known={t('passkey.known')}
      data-later={t('passkey.later')}
      data-failed={t('passkey.failed')}
    >
      <Csrf token={csrf} />
      <input type="hidden" name="response" value="" autocomplete="off" />
      {children}
      <p class="hint" role="status" />
    </form>
  );
}

/** Stands in for such a form where the browser knows no passkeys, or runs no script. */
export function NoPasskey({ t }: { t: Translate }) {
  return (
    <p class="caution" data-no-passkey="">
      {t('passkey.cannot')}
    </p>
  );
}
