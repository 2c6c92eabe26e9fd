import {
  markOf,
  rulesOf,
  withRules,
  type Application,
  type Applications,
  type Rules,
} from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import type { Moderators } from './moderators.ts';

type Needs = {
  applications: Pick<Applications, 'amend'>;
  moderators: Pick<Moderators, 'require'>;
  storage: Storage;
};

/** Who may create profiles at an application, how many and under which names, as its moderators decide. */
export function makeModeratedRules({ applications, moderators, storage }: Needs) {
  return {
    /**
     * Changes an application's rules from those that were shown, by their mark, to those that are wanted, and nothing else of
     * it.
     * Nothing that exists is taken away, and once this has returned nothing is made under the rules before.
     * @throws {UserError} forbidden, application_unknown, rules_locked (to moderators), rules_changed (by somebody else
     *   since they were shown); {SettingsProblem}
     */
    async change(
      actor: Actor,
      applicationId: string,
      { shown, wanted }: { readonly shown: string; readonly wanted: Rules },
    ): Promise<Application> {
      return storage.write(async (tx) => {
        await moderators.require(tx, actor, applicationId);
        return applications.amend(tx, applicationId, (before) => {
          if (before.rulesLocked && !actor.administrator) throw new UserError('rules_locked');
          if (markOf(rulesOf(before)) !== shown) throw new UserError('rules_changed');
          return withRules(before, wanted);
        });
      });
    },
  };
}
