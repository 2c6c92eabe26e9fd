import { readFileSync } from 'node:fs';
import { CLIENT_DEFAULTS } from '../applications/applications.ts';
import { all, flag, many, one, text, word, type Verbs } from './verb.ts';

/** Commands about OpenID Connect clients. */
export const clientVerbs: Verbs = {
  'client add': {
    usage:
      'client add APPLICATION --redirect URI… [--label TEXT] [--method client_secret_basic|client_secret_post|private_key_jwt|none] [--jwks FILE | --jwks-uri URL] [--no-pkce] [--algorithm RS256|ES256|EdDSA] [--refresh] [--logout URI]… [--backchannel URL] [--double-credentials] [--logout-by-address]',
    meaning: 'registers a client; the secret is shown this once',
    options: {
      redirect: many,
      label: text,
      method: text,
      jwks: text,
      'jwks-uri': text,
      'no-pkce': flag,
      algorithm: text,
      refresh: flag,
      logout: many,
      backchannel: text,
      'double-credentials': flag,
      'logout-by-address': flag,
    },
    async run({ applications }, words, values, { out }) {
      const jwks = one(values, 'jwks');
      const jwksUri = one(values, 'jwks-uri');
      const backchannelLogoutUri = one(values, 'backchannel');
      const { client, secret } = await applications.addClient(word(words, 0, 'the application'), {
        ...CLIENT_DEFAULTS,
        label: one(values, 'label') ?? 'Web',
        redirectUris: all(values, 'redirect'),
        postLogoutRedirectUris: all(values, 'logout'),
        authMethod: one(values, 'method') ?? CLIENT_DEFAULTS.authMethod,
        ...(jwks === undefined ? {} : { jwks: JSON.parse(readFileSync(jwks, 'utf8')) as unknown }),
        ...(jwksUri === undefined ? {} : { jwksUri }),
        ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri }),
        pkce: values['no-pkce'] === true ? 'optional' : 'required',
        idTokenAlgorithm: one(values, 'algorithm') ?? CLIENT_DEFAULTS.idTokenAlgorithm,
        refreshTokens: values['refresh'] === true,
        doubleCredentials: values['double-credentials'] === true,
        logoutByAddress: values['logout-by-address'] === true,
      });
      out(`client_id ${client.id}`);
      if (secret !== undefined) out(`client_secret ${secret}`);
    },
  },
  'client secret': {
    usage: 'client secret ID',
    meaning: 'gives a client a new secret; the old one stops working',
    options: {},
    async run({ applications }, words, _values, { out }) {
      const { secret } = await applications.renewSecret(word(words, 0, 'the id'));
      out(`client_secret ${secret}`);
    },
  },
  'client remove': {
    usage: 'client remove ID',
    meaning: 'removes a client',
    options: {},
    async run({ applications }, words) {
      await applications.removeClient(word(words, 0, 'the id'));
    },
  },
};
