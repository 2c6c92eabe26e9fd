import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';

/** How long what is written about a request may be, in characters. */
export const PETITION_LENGTH = {
  words: { min: 0, max: 1000 },
  question: { min: 1, max: 500 },
  answer: { min: 1, max: 1000 },
} as const;

/** Larger than the longest content, so that all rows are of one size. */
const PADDING = 12 * 1024;

const petition = z.object({
  words: z.string(),
  /** The last question of the moderators, and what was answered to it. */
  question: z.string().optional(),
  answer: z.string().optional(),
});

/** What somebody who asks for a profile said, was asked and answered. */
export type Petition = z.output<typeof petition>;

/** `waiting`, `asked` (a question is open) or `review` (given at once, looked at afterwards). */
export type RequestStatus = 'waiting' | 'asked' | 'review';

/** A request for a profile. `day` is an ISO date. */
export type ProfileRequest = Petition & {
  readonly profileId: string;
  readonly status: RequestStatus;
  readonly urgent: boolean;
  readonly day: string;
};

export type RequestRow = {
  readonly profileId: string;
  readonly applicationId: string;
  readonly status: string;
  readonly urgent: boolean;
  readonly told: boolean;
  readonly day: string;
  readonly sealed: string;
};

/** What a row keeps of a petition. */
export function sealPetition(seals: Seals, profileId: string, value: Petition): string {
  return seals.sealPadded('profile-request', profileId, JSON.stringify(value), PADDING);
}

/**
 * What a row of requests says.
 * @throws {SealError} when it was moved or edited; internal.
 */
export function requestOfRow(seals: Seals, row: RequestRow): ProfileRequest {
  return {
    ...petition.parse(JSON.parse(seals.open('profile-request', row.profileId, row.sealed))),
    profileId: row.profileId,
    status: row.status as RequestStatus,
    urgent: row.urgent,
    day: row.day,
  };
}
