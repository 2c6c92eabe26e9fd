import { enrolPage } from '../../views/journey/enrol.tsx';
import { factorPage } from '../../views/journey/factor.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { recoveryCodesPage } from '../../views/parts/recoveryCodes.tsx';
import { appPage } from '../../views/portal/securityApp.tsx';
import { newCodesPage } from '../../views/portal/securityCodes.tsx';
import { removeFactorPage } from '../../views/portal/securityRemove.tsx';
import { securityPage } from '../../views/portal/security.tsx';
import { csrf, dot, lake, sample, wrong, type Sample } from './sampling.ts';

const links = { lostUrl: '/journey/1/forgotten', otherAccountUrl: '/journey/1/other', giveUp: '/journey/1/profile' };
const setUp = () => ({
  setUp: 'sealed',
  uri: 'otpauth://totp/Aluco:mathilde?secret=JBSWY3DPEHPK3PXP',
  picture: dot,
  secret: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
});
const phone = { id: 'f1', kind: 'totp', name: 'Téléphone', month: '2026-11' } as const;
const key = { id: 'f2', kind: 'passkey', name: '', month: '2026-09', lastUsed: '2026-11' } as const;
const codes = ['7k3m-9xqd-2hvt', '0c4e-pw81-mm3z', 'a6yr-t5n2-8kfg', 'x1bz-qj70-wd9s'];

/** The pages about second factors. */
export const factorSamples: readonly Sample[] = [
  sample('factor', factorPage, () => ({
    way: 'code' as const,
    action: '/journey/1/factor/code',
    csrf,
    form: blankForm,
    application: lake,
    others: [{ way: 'recovery' as const, href: '/journey/1/factor/recovery' }],
    ...links,
  })),
  sample('factor-errors', factorPage, (frame) => ({
    way: 'code' as const,
    action: '/journey/1/factor/code',
    csrf,
    form: wrong(frame, {}, { code: ['factor_code_wrong', {}] }),
    others: [],
    ...links,
  })),
  sample('factor-recovery-errors', factorPage, (frame) => ({
    way: 'recovery' as const,
    action: '/journey/1/factor/recovery',
    csrf,
    form: wrong(frame, {}, { code: ['recovery_code_wrong', {}] }),
    others: [{ way: 'code' as const, href: '/journey/1/factor/code' }],
    ...links,
  })),
  sample('enrol', enrolPage, () => ({
    action: '/journey/1/enrol/app',
    csrf,
    form: blankForm,
    setUp: setUp(),
    loginName: 'mathilde',
    passkeyUrl: '/journey/1/enrol/passkey',
    otherAccountUrl: links.otherAccountUrl,
    giveUp: links.giveUp,
  })),
  sample('enrol-errors', enrolPage, (frame) => ({
    action: '/journey/1/enrol/app',
    csrf,
    form: wrong(frame, {}, { code: ['set_up_over', {}] }),
    setUp: setUp(),
    loginName: 'mathilde',
    application: lake,
    passkeyUrl: '/journey/1/enrol/passkey',
    otherAccountUrl: links.otherAccountUrl,
    giveUp: links.giveUp,
  })),
  sample('recovery-codes', recoveryCodesPage, () => ({ codes, loginName: 'mathilde', nextUrl: '/account/security' })),
  sample('security', securityPage, ({ t }) => ({
    totp: [phone],
    passkey: [key],
    codesLeft: 7,
    must: true,
    csrf,
    notice: t('notice.factor_added'),
  })),
  sample('security-none', securityPage, () => ({ totp: [], passkey: [], codesLeft: 0, must: true, csrf })),
  sample('security-name-errors', securityPage, (frame) => ({
    totp: [phone],
    passkey: [],
    codesLeft: 1,
    must: false,
    naming: {
      factor: phone.id,
      form: wrong(frame, { name: 'un nom bien trop long' }, { name: ['factor_name_invalid', { max: 40 }] }),
    },
    csrf,
  })),
  sample('security-app', appPage, () => ({
    setUp: setUp(),
    replaces: false,
    loginName: 'mathilde',
    form: blankForm,
    csrf,
  })),
  sample('security-app-errors', appPage, (frame) => ({
    setUp: setUp(),
    replaces: true,
    loginName: 'mathilde',
    form: wrong(frame, { name: 'Téléphone' }, { code: ['factor_code_wrong', {}] }),
    csrf,
  })),
  sample('security-codes', newCodesPage, () => ({ codesLeft: 2, csrf })),
  sample('security-remove', removeFactorPage, () => ({ factor: phone, isLast: false, must: false, csrf })),
  sample('security-remove-last', removeFactorPage, () => ({ factor: key, isLast: true, must: true, csrf })),
];
