import type { ApplicationSettings } from '../applications/applications.ts';
import { UserError } from '../errors.ts';

/** Why moderators decide as they do, in both languages. The id stays, whatever becomes of the words. */
export type Reason = { readonly id: string; readonly fr: string; readonly en: string };

/** Where an application has no list of its own. */
export const USUAL_REASONS: readonly Reason[] = [
  { id: 'spam', fr: 'Publicité ou pourriel', en: 'Advertising or spam' },
  { id: 'harassment', fr: 'Harcèlement ou insultes', en: 'Harassment or insults' },
  { id: 'pretence', fr: 'Se fait passer pour quelqu’un d’autre', en: 'Pretends to be somebody else' },
  {
    id: 'content',
    fr: 'Contenu interdit par les règles du service',
    en: 'Content that the rules of the service forbid',
  },
  { id: 'name', fr: 'Nom qui ne convient pas', en: 'Unsuitable name' },
  { id: 'other', fr: 'Autre raison', en: 'Another reason' },
];

/** The reasons that moderators choose from at an application. */
export function reasonsOf({ moderation: { reasons } }: Pick<ApplicationSettings, 'moderation'>): readonly Reason[] {
  return reasons.length === 0 ? USUAL_REASONS : reasons;
}

/**
 * The reason of this id as the list reads now, for the log to keep.
 * @throws {UserError} reason_unknown
 */
export function reasonOf(application: Pick<ApplicationSettings, 'moderation'>, id: string): { fr: string; en: string } {
  const found = reasonsOf(application).find((reason) => reason.id === id);
  if (found === undefined) throw new UserError('reason_unknown');
  return { fr: found.fr, en: found.en };
}
