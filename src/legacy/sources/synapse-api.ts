import { answerOf } from './rows.ts';
import { shellWord } from './shell.ts';
import type { Linked, LinkOptions, Reversible } from './source.ts';
import { uidOf } from './told.ts';

/**
 * What Synapse calls the way in: by the `idp_id` of its settings, or the one for SAML. Of all ids it leaves `oidc` alone
 * as it is, which providers have whose settings are older than ids.
 */
export function wayOf(options: LinkOptions): string {
  const id = answerOf(options, 'idp_id') || 'aluco';
  if (options.protocol === 'saml') return 'saml';
  return id === 'oidc' ? id : `oidc-${id}`;
}

/** What Synapse knows a person by: the attribute `uid`, which is the name, where it is SAML. */
export const externalIdOf = (linked: Linked, options: LinkOptions): string =>
  options.protocol === 'saml' ? linked.name : uidOf(linked, options);

/** What stands for the ids of a person in the answer, without what Synapse may add to them one day. */
const IDS = '[(.external_ids // [])[] | {auth_provider, external_id}]';

/** Adds an id, unless the person has one by this way; takes exactly this one away. */
const ADD = `{external_ids: (${IDS} | if any(.[]; .auth_provider == $way) then . else . + [{auth_provider: $way, external_id: $id}] end)}`;
const REMOVE = `{external_ids: (${IDS} | map(select(.auth_provider != $way or .external_id != $id)))}`;

/** A list of ids is replaced as a whole: so the others are read first and sent along. The token is no word of a command. */
const lines = (filter: string, options: LinkOptions): string[] => [
  '#!/bin/sh',
  '# Needs curl and jq. SYNAPSE: its address, such as http://localhost:8008. TOKEN: the access token of an administrator.',
  'set -eu',
  ': "${SYNAPSE:?}" "${TOKEN:?}"',
  `way=${shellWord(wayOf(options))}`,
  'failed=0',
  'call() {',
  `  printf 'header = "Authorization: Bearer %s"\\n' "$TOKEN" | curl --config - --fail --silent --show-error "$@"`,
  '}',
  'tell() {',
  '  url="$SYNAPSE/_synapse/admin/v2/users/$1"',
  '  now=$(call "$url") || return 1',
  `  body=$(printf '%s' "$now" | jq --compact-output --arg way "$way" --arg id "$2" ${shellWord(filter)}) || return 1`,
  '  call --request PUT --header "Content-Type: application/json" --data-binary "$body" --output /dev/null "$url"',
  '}',
  'person() {',
  `  tell "$1" "$2" || { failed=1; printf 'not done: %s\\n' "$1" >&2; }`,
  '}',
];

const script = (filter: string): Reversible['forward'] => ({
  kind: 'sh',
  begin: (options) => lines(filter, options),
  row: (linked, options) => [
    `person ${shellWord(encodeURIComponent(linked.key))} ${shellWord(externalIdOf(linked, options))}`,
  ],
  end: () => ['exit "$failed"'],
});

/** Tells Synapse through its administrators' interface, while it runs. */
export const linkBySynapse: Reversible = { forward: script(ADD), back: script(REMOVE) };
