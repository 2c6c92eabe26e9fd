import type { Telling } from './telling.ts';

/** The profile that was asked for, and the name of its application. */
export type Subject = { readonly application: string; readonly profileId: string; readonly name: string };

/** Why not: a reason of the application's list, and the moderator's own words, which may be none. */
export type Refusal = { readonly reason: { readonly fr: string; readonly en: string }; readonly words: string };

/** What the owner of a profile is told, in their language. */
export type News = (language: 'fr' | 'en') => Telling;

const detailOf = ({ application, name }: Subject) => ({ application, profile: name });

/** The letter leads to the profile's page, where a button opens the application. */
export const approvedNews = (subject: Subject): News => {
  const { application, profileId, name } = subject;
  return () => ({
    kind: 'request_approved',
    detail: detailOf(subject),
    letter: { kind: 'request_approved', values: { application, name, profile: profileId } },
  });
};

/** A profile that was given at once stays: nothing changes for its owner. */
export const keptNews =
  (subject: Subject): News =>
  () => ({ kind: 'request_kept', detail: detailOf(subject) });

const no =
  (kind: 'request_refused' | 'request_ended') =>
  (subject: Subject, { reason, words }: Refusal): News => {
    const { application, name } = subject;
    return (language) => ({
      kind,
      detail: { ...detailOf(subject), reason: reason[language], words },
      letter: { kind, values: { application, name, reason: reason[language], words } },
    });
  };

export const refusedNews = no('request_refused');

/** A profile that was given at once has ended. */
export const endedNews = no('request_ended');

/** The letter leads to the profile's page, where the question is answered. */
export const questionNews = (subject: Subject, question: string): News => {
  const { application, profileId, name } = subject;
  return () => ({
    kind: 'request_question',
    detail: detailOf(subject),
    letter: { kind: 'request_question', values: { application, name, question, profile: profileId } },
  });
};
