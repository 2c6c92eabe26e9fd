import { sqliteKit } from './kit.ts';
import { defineTables } from './tables.ts';

// drizzle-kit reads the named exports of this file.
export const {
  meta,
  account,
  loginTaken,
  credential,
  signUp,
  letter,
  invitation,
  connection,
  session,
  timeline,
  group,
  groupMember,
  holding,
  profile,
  nameTaken,
  grantProfile,
  samlSession,
  token,
  transient,
  attempt,
  logoutMessage,
  application,
  client,
  serviceProvider,
  samlKey,
  recentSignIns,
  signingKey,
  lease,
} = defineTables(sqliteKit);
