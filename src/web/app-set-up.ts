import type { Account, Accounts } from '../accounts/accounts.ts';
import type { AppSetUpShown } from '../../views/parts/AppSetUp.tsx';
import { inFours, qrImage } from './qr.ts';

/** Which field of the form about an application for codes an error belongs to. */
export const SET_UP_FIELDS = { factor_code_wrong: 'code', set_up_over: 'code', factor_name_invalid: 'name' };

/** A secret for the account, as a page shows it; the one that the form carried (`kept`) where it still counts. */
export async function shownSetUp(
  { secondFactors }: Pick<Accounts, 'secondFactors'>,
  account: Account,
  kept?: string,
): Promise<AppSetUpShown> {
  const { setUp, secret, uri } = await secondFactors.totp.begin(account, kept);
  return { setUp, uri, picture: qrImage(uri), secret: inFours(secret) };
}
