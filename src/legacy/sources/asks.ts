import { UserError } from '../../errors.ts';
import type { LinkOptions, Source } from './source.ts';

/**
 * The answers to all that a source asks: those given, and else what is taken where nobody answers. `clients`: ids of the
 * application's clients here.
 * @throws {UserError} legacy_answer {key}: it is empty or none of those that there are, nothing is asked under this name,
 * or it is the id of a client, nobody says which one, and there is not exactly one
 */
export function answersTo(
  { asks = [] }: Pick<Source, 'asks'>,
  given: Readonly<Record<string, string>>,
  clients: readonly string[],
): Record<string, string> {
  const other = Object.keys(given).find((key) => !asks.some((ask) => ask.key === key));
  if (other !== undefined) throw new UserError('legacy_answer', { key: other.slice(0, 40) });
  return Object.fromEntries(
    asks.map(({ key, preset, options }) => {
      const isClient = preset === 'client-id';
      const [client, ...others] = clients;
      const taken = isClient ? (others.length === 0 ? client : undefined) : preset.value;
      const answer = given[key] ?? taken;
      const known: readonly string[] | undefined = isClient ? clients : options;
      const isOne = answer !== undefined && answer !== '' && known?.includes(answer) !== false;
      if (!isOne) throw new UserError('legacy_answer', { key });
      return [key, answer];
    }),
  );
}

/**
 * The protocol by which an application with these clients and service providers here signs people in, so that no file is
 * made for the other one because nobody said which: OpenID Connect where it has both, or nothing yet.
 */
export function protocolOf(clients: readonly unknown[], serviceProviders: readonly unknown[]): LinkOptions['protocol'] {
  return clients.length === 0 && serviceProviders.length > 0 ? 'saml' : 'oidc';
}
