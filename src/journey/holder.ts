import type { Accounts } from '../accounts/accounts.ts';
import type { Application, Applications } from '../applications/applications.ts';
import type { Profile, Profiles } from '../profiles/profiles.ts';

/** Who stands behind an answer, and all that the application may know of them: `groups` are names. */
export type Holder = { readonly application: Application; readonly profile: Profile; readonly groups: string[] };

type Needs = {
  accounts: Pick<Accounts, 'isActive' | 'groupsOf'>;
  applications: Pick<Applications, 'find' | 'mayEnter'>;
  profiles: Pick<Profiles, 'usable'>;
};

export type Holders = ReturnType<typeof makeHolders>;

/** Who may be told of, whatever the protocol: asked anew at each issuance and use (P4). */
export function makeHolders({ accounts, applications, profiles }: Needs) {
  type Groups = readonly { id: string; name: string }[];

  /** The account's groups, where they matter. */
  async function groupsOf(accountId: string, application: Application, profile: Profile): Promise<Groups> {
    const needed = application.entry.kind === 'groups' || profile.groups.length > 0;
    return needed ? accounts.groupsOf(accountId) : [];
  }

  /** Of the groups those that the profile shows. */
  function holderWith(application: Application, profile: Profile, groups: Groups): Holder {
    const names = groups.filter(({ id }) => profile.groups.includes(id)).map(({ name }) => name);
    return { application, profile, groups: names };
  }

  return {
    /** The profile of an account at an application; nothing where the account, the profile or the entry is gone. */
    async usable(accountId: string, applicationId: string, profileId: string): Promise<Holder | undefined> {
      const [isActive, application, profile] = await Promise.all([
        accounts.isActive(accountId),
        applications.find(applicationId),
        profiles.usable(accountId, profileId),
      ]);
      if (!isActive || application === undefined || profile?.applicationId !== applicationId) return undefined;
      const groups = await groupsOf(accountId, application, profile);
      const mayEnter = applications.mayEnter(
        application,
        groups.map(({ id }) => id),
      );
      return mayEnter ? holderWith(application, profile, groups) : undefined;
    },

    /** The same for an account's own profile, whatever its state and whoever may enter: for its owner to read. */
    async shown(accountId: string, application: Application, profile: Profile): Promise<Holder> {
      return holderWith(application, profile, await groupsOf(accountId, application, profile));
    },
  };
}
