import { Router } from 'express';
import { UserError } from '../../errors.ts';
import type { ShowStep, Ways } from './way.ts';

type Needs = { ways: Ways };

/** The second factor of somebody who has one. */
export function makeFactorStep(_needs: Needs): { routes: Router; show: ShowStep } {
  return {
    routes: Router(),
    show: () => {
      throw new UserError('expired');
    },
  };
}
