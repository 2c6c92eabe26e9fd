import { vi } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import type { Service } from '../application.ts';
import type { PersonName } from '../people.ts';
import type { Wiki } from '../service-provider.ts';
import type { Visitor } from '../visitor.ts';
import type { Side } from './seen.ts';

/** A profile as it is used: whose, by what name, where, in which browser. */
type Worn = {
  side: Side;
  person: PersonName;
  profile: string;
  application: Application;
  visitor: Visitor;
  accountId: string;
  /** What the person's authenticator app shows, once they have one. */
  code?: () => string;
};

export type OidcFace = Worn & { service: Service };
export type SamlFace = Worn & { wiki: Wiki };
export type Face = OidcFace | SamlFace;

/** What the owner writes down about a profile, for nobody else. */
export const NOTE = 'the one for the birdwatchers';

/** Time passes for everybody alike, by a number of seconds that no life span is a multiple of. */
export function wait(seconds = 37): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

/** What somebody can do after a sign-in. */
export type Visit = { readonly refreshToken: string; leave(): Promise<void> };

export function isSaml(face: Face): face is SamlFace {
  return 'wiki' in face;
}
