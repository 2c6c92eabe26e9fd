import { Router } from 'express';
import { UserError } from '../../errors.ts';
import type { ShowStep, Ways } from './way.ts';

type Needs = { ways: Ways };

/** The rules of the house, to be accepted. */
export function makeTermsStep(_needs: Needs): { routes: Router; show: ShowStep } {
  return {
    routes: Router(),
    show: () => {
      throw new UserError('expired');
    },
  };
}
