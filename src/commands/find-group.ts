import { UserError } from '../errors.ts';
import type { Parts } from '../parts.ts';

/**
 * The group of this name or id.
 * @throws {UserError} group_unknown
 */
export async function findGroup({ accounts }: Parts, name: string): Promise<{ id: string; name: string }> {
  const group = (await accounts.groups.names()).find((entry) => entry.name === name || entry.id === name);
  if (group === undefined) throw new UserError('group_unknown');
  return group;
}
