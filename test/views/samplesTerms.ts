import { termsPage } from '../../views/journey/terms.tsx';
import { csrf, lake, sample, type Sample } from './sampling.ts';

/** The rules of the house, on the way. */
export const termsSamples: readonly Sample[] = [
  sample('terms', termsPage, ({ t }) => ({
    waysOut: [
      { href: '/account/data', text: t('data.open') },
      { href: '/account/leave', text: t('terms.leave') },
      { href: '/sessions', text: t('terms.sessions') },
    ],
    action: '/journey/1/terms',
    csrf,
    application: lake,
    version: '1er décembre 2026',
    rulesUrl: 'https://hulotte.example/regles',
    isFirst: false,
  })),
  sample('terms-first', termsPage, () => ({
    action: '/journey/1/terms',
    csrf,
    version: '2',
    isFirst: true,
    waysOut: [],
  })),
];
