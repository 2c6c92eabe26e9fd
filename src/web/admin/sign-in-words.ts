import type { Client, ServiceProvider } from '../../applications/applications.ts';
import { isUnderWay, type SignInEntry } from '../../journey/journey.ts';
import type { Recent } from '../../../views/admin/signIns.tsx';
import type { TextKey, Translate } from '../../../views/text.ts';
import { nearestAddress } from './nearest-address.ts';
import { reasonInWords, statusInWords } from './saml-words.ts';

type Needs = { now: () => number; tokenUrl: string };

/** Who asked for the sign-ins of an application. */
type Askers = { readonly clients: readonly Client[]; readonly providers: readonly ServiceProvider[] };

const USERINFO = { fetched: 'admin.signin.userinfo_fetched', refused: 'admin.signin.userinfo_refused' } as const;

/** What there is to add of an answer of OpenID Connect. */
function remarksOf(t: Translate, entry: SignInEntry, client: Client | undefined, waiting: TextKey): string[] {
  const { outcome, unknownScopes, withoutOpenid, userinfo } = entry;
  return [
    outcome === 'succeeded' ? t(userinfo === undefined ? waiting : USERINFO[userinfo]) : [],
    outcome === 'succeeded' && withoutOpenid !== true && client !== undefined
      ? t('admin.signin.algorithm', { algorithm: client.idTokenAlgorithm })
      : [],
    withoutOpenid === true ? t('admin.signin.without_openid') : [],
    unknownScopes === undefined ? [] : t('admin.signin.unknown_scopes'),
  ].flat();
}

/** What there is to add of SAML; nothing where the word says nothing more. */
function samlRemarks(t: Translate, { outcome, asked = '' }: SignInEntry): string[] {
  const words =
    outcome === 'saml_refused' ? reasonInWords(t, asked) : outcome === 'saml_status' ? statusInWords(t, asked) : '';
  return words === '' || (outcome === 'saml_status' && words === asked) ? [] : [words];
}

/** Puts the last sign-ins into words. */
export function signInWords({ now, tokenUrl }: Needs) {
  return function inWords(t: Translate, entry: SignInEntry, { clients, providers }: Askers): Recent {
    const client = clients.find(({ id }) => id === entry.clientId);
    const provider = providers.find(({ id }) => id === entry.clientId);
    const { outcome, asked, used, unknownScopes, userinfo } = entry;
    const isSaml = outcome.startsWith('saml_');
    const never = outcome === 'issued' && !isUnderWay(entry, now());
    const left = outcome === 'begun' && !isUnderWay(entry, now());
    const isAddress = outcome === 'redirect_unknown' || outcome === 'redirect_differs';
    const nearest = isAddress && asked !== undefined ? nearestAddress(asked, client?.redirectUris ?? []) : undefined;
    const waiting = isUnderWay(entry, now()) ? 'admin.signin.userinfo_waiting' : 'admin.signin.userinfo_never';
    return {
      at: entry.at,
      count: entry.count,
      client: client?.label ?? provider?.label,
      good: outcome === 'saml_answered' || (outcome === 'succeeded' && userinfo !== 'refused'),
      text: t(never ? 'admin.signin.never_fetched' : left ? 'admin.signin.left' : `admin.signin.${outcome}`, {
        address: tokenUrl,
        status: asked ?? '',
      }),
      remarks: isSaml ? samlRemarks(t, entry) : remarksOf(t, entry, client, waiting),
      details: [
        asked === undefined || isSaml ? [] : { label: t('admin.signin.detail_asked'), value: asked },
        nearest === undefined ? [] : { label: t('admin.signin.detail_nearest'), value: nearest },
        used === undefined ? [] : { label: t('admin.signin.detail_used'), value: used },
        used === undefined || client === undefined
          ? []
          : { label: t('admin.signin.detail_registered'), value: client.authMethod },
        unknownScopes === undefined ? [] : { label: t('admin.signin.detail_scopes'), value: unknownScopes },
      ].flat(),
    };
  };
}
