import { enrolPasskeyPage } from '../../views/journey/enrolPasskey.tsx';
import { factorPage } from '../../views/journey/factor.tsx';
import { signInPage } from '../../views/journey/signIn.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { addPasskeyPage } from '../../views/portal/securityPasskey.tsx';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const factor = {
  way: 'passkey' as const,
  action: '/journey/1/factor/passkey',
  csrf,
  application: lake,
  others: [
    { way: 'code' as const, href: '/journey/1/factor/code' },
    { way: 'recovery' as const, href: '/journey/1/factor/recovery' },
  ],
  lostUrl: '/journey/1/forgotten',
  otherAccountUrl: '/journey/1/other',
  giveUp: '/journey/1/profile',
};
const enrol = {
  action: '/journey/1/enrol/passkey',
  csrf,
  loginName: 'mathilde',
  application: lake,
  appUrl: '/journey/1/enrol/app',
  otherAccountUrl: '/journey/1/other',
  giveUp: '/journey/1/profile',
};

/** The pages where passkeys are made and used. */
export const passkeySamples: readonly Sample[] = [
  sample('sign-in-passkey-refused', signInPage, (frame) => ({
    action: '/journey/1/sign-in',
    passkeyAction: '/journey/1/passkey',
    csrf,
    form: wrong(frame, {}, { '': ['passkey_wrong', {}] }),
    application: lake,
    links: { forgotten: '/forgotten', noAccount: '/no-account' },
  })),
  sample('factor-passkey', factorPage, () => ({ ...factor, form: blankForm })),
  sample('factor-passkey-refused', factorPage, (frame) => ({
    ...factor,
    form: wrong(frame, {}, { '': ['passkey_wrong', {}] }),
  })),
  sample('enrol-passkey', enrolPasskeyPage, () => ({ ...enrol, form: blankForm })),
  sample('enrol-passkey-refused', enrolPasskeyPage, (frame) => ({
    ...enrol,
    form: wrong(frame, {}, { '': ['passkey_wrong', {}] }),
  })),
  sample('security-passkey', addPasskeyPage, () => ({
    loginName: 'mathilde',
    form: { values: { name: 'Firefox, Linux' }, errors: [] },
    csrf,
  })),
  sample('security-passkey-errors', addPasskeyPage, (frame) => ({
    loginName: 'mathilde',
    form: wrong(frame, { name: 'un nom bien trop long' }, { name: ['factor_name_invalid', { max: 40 }] }),
    csrf,
  })),
];
