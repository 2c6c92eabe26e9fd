import type { Request } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { OldAccountsOf } from '../../../views/admin/oldAccounts.tsx';
import { param } from '../form.ts';

/** Where the pages of an application's old accounts are. */
export const OLD_ACCOUNTS = '/admin/applications/:id/old-accounts';

/** @throws {UserError} not_found */
export async function applicationOf(applications: Pick<Applications, 'find'>, req: Request): Promise<Application> {
  const found = await applications.find(param(req, 'id'));
  if (found === undefined) throw new UserError('not_found');
  return found;
}

/** What all these pages show of the application. */
export function placeOf({ id, name, iconUrl }: Application): OldAccountsOf {
  const url = `/admin/applications/${id}`;
  return { name, iconUrl, url, path: `${url}/old-accounts` };
}
