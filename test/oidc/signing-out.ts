import type { House } from '../house.ts';
import type { Page, Visitor } from '../visitor.ts';

/** How a person answers the sign-out page. */
export type Leaving = 'everything' | 'application';

/** Opens the sign-out page at an address (that of an application, or our own) and answers it. */
export async function signOut(
  house: House,
  visitor: Visitor,
  url: string | URL = `${house.url}/oidc/logout`,
  scope: Leaving = 'everything',
): Promise<Page> {
  return visitor.submit(await visitor.get(url), '/leave', { scope });
}
