import type { Applications, ApplicationSettings } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import type { Moderators } from './moderators.ts';

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

type Needs = {
  applications: Pick<Applications, 'amend'>;
  moderators: Pick<Moderators, 'require'>;
  storage: Storage;
};

/** The list of reasons of each application, for its moderators to edit. */
export function makeReasons({ applications, moderators, storage }: Needs) {
  return {
    /**
     * Replaces the list, in the order given; an empty one brings the usual ones back. What was decided keeps its words.
     * @throws {SettingsProblem} reasons_invalid; {UserError} forbidden, application_unknown
     */
    async set(actor: Actor, applicationId: string, reasons: readonly Reason[]): Promise<void> {
      await storage.write(async (tx) => {
        await moderators.require(tx, actor, applicationId);
        await applications.amend(tx, applicationId, ({ moderation }) => ({
          moderation: { ...moderation, reasons: reasons.map(({ id, fr, en }) => ({ id, fr, en })) },
        }));
      });
    },
  };
}
