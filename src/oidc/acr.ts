import type { Level } from '../journey/journey.ts';

/** The two levels of assurance: one factor, or two. Coarse on purpose, whichever factors they were (P1). */
export const PASSWORD_ACR = 'urn:aluco:acr:password';
export const TWO_FACTOR_ACR = 'urn:aluco:acr:two-factor';

/**
 * What the two levels may be called. The names of REFEDS are the ones that several products know (Single Factor and
 * Multi Factor Authentication Profiles); those of one product alone, or of one method, are not among them.
 */
const LEVELS: ReadonlyMap<unknown, Level> = new Map<unknown, Level>([
  [PASSWORD_ACR, 1],
  [TWO_FACTOR_ACR, 2],
  ['https://refeds.org/profile/sfa', 1],
  ['https://refeds.org/profile/mfa', 2],
]);

/** The authentication context classes that can be asked for. */
export const ACR_VALUES = [...LEVELS.keys()] as string[];

/** The parts of a request that may speak of a level: parameters as they were sent. */
type Asking = { readonly [name: string]: unknown } | undefined;

/** The claims that a request asks for in ID tokens (OpenID Connect Core §5.5). */
type IdTokenClaims = { readonly id_token?: { readonly [name: string]: unknown } | undefined };

/** The authentication context class of a proof. */
export function acrOf(level: Level): string {
  return level === 2 ? TWO_FACTOR_ACR : PASSWORD_ACR;
}

/** The level of a session; one that says nothing of ours has proven one factor. */
export function levelOf(acr: string | undefined): Level {
  return acr === TWO_FACTOR_ACR ? 2 : 1;
}

/** How somebody signed in, as coarse as the level: never which of our methods it was (RFC 8176 §2). */
export function amrOf(level: Level): string[] {
  return level === 2 ? ['mfa'] : ['pwd'];
}

/** What the claim `acr` is asked to be, if it is asked for (OpenID Connect Core §5.5.1.1). */
function claimed({ id_token: wanted }: IdTokenClaims): { essential: boolean; values: readonly unknown[] } {
  const acr = wanted?.['acr'] as { essential?: unknown; value?: unknown; values?: unknown } | null | undefined;
  const values: readonly unknown[] = Array.isArray(acr?.values)
    ? acr.values
    : acr?.value === undefined
      ? []
      : [acr.value];
  return { essential: acr?.essential === true, values };
}

/** Whether a claim insists on classes of which none is ours. */
export function isAcrUnreachable(claims: IdTokenClaims): boolean {
  const { essential, values } = claimed(claims);
  return essential && values.length > 0 && !values.some((value) => LEVELS.has(value));
}

/** The lists of classes that a request names, the one that binds most first. */
function listsOf(params: Asking): (readonly unknown[])[] {
  const { claims, acr_values: wished } = params ?? {};
  const { essential, values } = claimed(typeof claims === 'string' ? (JSON.parse(claims) as IdTokenClaims) : {});
  const named = typeof wished === 'string' ? wished.split(' ') : [];
  return essential ? [values, named] : [named, values];
}

/**
 * How strong the sign-in has to be that a request asks for: as strong as the weakest of the classes it names. Names that
 * are not ours ask for nothing; where `acr_values` and the claim differ, the stronger one counts.
 */
export function levelAsked(params: Asking): Level {
  const demands = listsOf(params).map((values) => values.flatMap((value) => LEVELS.get(value) ?? []));
  return demands.some((levels) => levels.length > 0 && !levels.includes(1)) ? 2 : 1;
}

/**
 * What an application is told of a proof: the strongest of the classes that it named itself and that the proof meets,
 * so that nobody who asked for one factor learns that there were two (P1). Where it named none, the level as it is.
 */
export function acrFor(params: Asking, level: Level): string {
  for (const values of listsOf(params)) {
    const met = values.filter((value) => (LEVELS.get(value) ?? 3) <= level);
    const best = met.find((value) => LEVELS.get(value) === level) ?? met[0];
    if (typeof best === 'string') return best;
  }
  return acrOf(level);
}
