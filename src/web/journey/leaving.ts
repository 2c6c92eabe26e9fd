import { Router } from 'express';
import { UserError } from '../../errors.ts';
import type { ShowStep, Ways } from './way.ts';

type Needs = { ways: Ways };

/** The account is to be deleted: its owner may keep it. */
export function makeLeavingStep(_needs: Needs): { routes: Router; show: ShowStep } {
  return {
    routes: Router(),
    show: () => {
      throw new UserError('expired');
    },
  };
}
