import { Router } from 'express';
import { UserError } from '../../errors.ts';
import type { ShowStep, Ways } from './way.ts';

type Needs = { ways: Ways };

/** Setting up a second factor, for somebody of whom one is asked. */
export function makeEnrolStep(_needs: Needs): { routes: Router; show: ShowStep } {
  return {
    routes: Router(),
    show: () => {
      throw new UserError('expired');
    },
  };
}
