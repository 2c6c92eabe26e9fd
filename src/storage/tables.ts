import type { Kit } from './kit.ts';

/**
 * All tables, once for both engines. Every table stands on one side (P2): a value of the account side never stands
 * on the profile side, nor the other way round, so that a copy of the tables does not say whose a profile is.
 *
 * "tag" columns are keyed hashes, "sealed" columns are encrypted, both name their key. `expires_hour` is a number of
 * milliseconds rounded up to the hour and only serves sweeping: the exact time is sealed.
 */
export function defineTables(kit: Kit) {
  const { table, text, number, flag, bytes, bytewise, index, uniqueIndex, primaryKey } = kit;

  return {
    /** The check value of the master key and other facts about the database itself. */
    meta: table('meta', { key: text('key').primaryKey(), value: text('value').notNull() }),

    /**
     * A person. Sealed: login name, mailbox, language, end of a suspension. The mailbox tag stands only while the mailbox
     * is verified; the search tag of any mailbox, verified or not, is for administrators who look for one.
     */
    account: table(
      'account',
      {
        id: text('id').primaryKey(),
        loginTag: text('login_tag').notNull(),
        mailboxTag: text('mailbox_tag'),
        mailboxSearchTag: text('mailbox_search_tag'),
        role: text('role').notNull(),
        status: text('status').notNull(),
        createdMonth: text('created_month').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [
        uniqueIndex('account_login').on(t.loginTag),
        uniqueIndex('account_mailbox').on(t.mailboxTag),
        index('account_mailbox_search').on(t.mailboxSearchTag),
        index('account_status').on(t.status),
        index('account_role').on(t.role),
      ],
    ),
    /** Shapes of login names ever given (P3). Rows are never deleted, but for names asked for by people who were not let in. */
    loginTaken: table('login_taken', { tag: text('tag').primaryKey() }),
    /**
     * What proves an account, or helps it back: kinds `password`, `totp`, `passkey`, `recovery-code`, `second-mailbox`.
     * The tag finds the one of a kind that is looked up by what the person shows; no two rows share one.
     */
    credential: table(
      'credential',
      {
        id: text('id').primaryKey(),
        accountId: text('account_id').notNull(),
        kind: text('kind').notNull(),
        tag: text('tag'),
        sealed: text('sealed').notNull(),
      },
      (t) => [index('credential_account').on(t.accountId, t.kind), uniqueIndex('credential_tag').on(t.tag)],
    ),
    /** What somebody who waits for approval said, was asked and answered. Sealed. The account itself is `awaiting`. */
    signUp: table('sign_up', { accountId: text('account_id').primaryKey(), sealed: text('sealed').notNull() }),
    /** A letter to a person, waiting to leave. Sealed: to whom, what about, when exactly. */
    letter: table(
      'letter',
      { id: text('id').primaryKey(), sealed: text('sealed').notNull(), dueHour: number('due_hour').notNull() },
      (t) => [index('letter_due').on(t.dueHour)],
    ),
    /** How the mailboxes of an account take mail: what bounced lately, since when one is paused. Sealed. */
    mailboxTrouble: table('mailbox_trouble', {
      accountId: text('account_id').primaryKey(),
      sealed: text('sealed').notNull(),
    }),
    /** A one-time link for a person: to make an account, or a new password. Sealed: what for, for whom, until when. */
    invitation: table(
      'invitation',
      {
        id: text('id').primaryKey(),
        tokenHash: text('token_hash').notNull(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [uniqueIndex('invitation_token').on(t.tokenHash), index('invitation_expires').on(t.expiresHour)],
    ),
    /** Who signed in, from where and when: all sealed. `day` is the start of its day in UTC, and only serves sweeping. */
    connection: table(
      'connection',
      { id: text('id').primaryKey(), day: number('day').notNull(), sealed: text('sealed').notNull() },
      (t) => [index('connection_day').on(t.day)],
    ),
    /** A browser that is signed in. Sealed: the whole session, with the grants of each application. */
    session: table(
      'session',
      {
        idHash: text('id_hash').primaryKey(),
        uidHash: text('uid_hash').notNull(),
        accountTag: text('account_tag'),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [
        uniqueIndex('session_uid').on(t.uidHash),
        index('session_account').on(t.accountTag),
        index('session_expires').on(t.expiresHour),
      ],
    ),
    /** What happened to an account lately, for its owner: one sealed, padded row without any date. */
    timeline: table('timeline', { accountTag: text('account_tag').primaryKey(), sealed: text('sealed').notNull() }),
    /** Groups are named by administrators; membership is on the account side. Some ask their members for a second factor. */
    group: table(
      'groups',
      {
        id: text('id').primaryKey(),
        name: text('name').notNull(),
        nameKey: text('name_key').notNull(),
        secondFactor: flag('second_factor').notNull().default(false),
      },
      (t) => [uniqueIndex('groups_name').on(t.nameKey)],
    ),
    groupMember: table(
      'group_member',
      { groupId: text('group_id').notNull(), accountId: text('account_id').notNull() },
      (t) => [primaryKey({ columns: [t.groupId, t.accountId] }), index('group_member_account').on(t.accountId)],
    ),
    /** Who adds and removes members of a group, besides the administrators. */
    groupDelegate: table(
      'group_delegate',
      { groupId: text('group_id').notNull(), accountId: text('account_id').notNull() },
      (t) => [primaryKey({ columns: [t.groupId, t.accountId] }), index('group_delegate_account').on(t.accountId)],
    ),
    /** Who looks after an application's profiles, how often they are told of what waits, and when they last were. */
    moderator: table(
      'moderator',
      {
        applicationId: text('application_id').notNull(),
        accountId: text('account_id').notNull(),
        digest: text('digest').notNull(),
        toldDay: text('told_day'),
      },
      (t) => [primaryKey({ columns: [t.applicationId, t.accountId] }), index('moderator_account').on(t.accountId)],
    ),
    /** What happened to accounts, for administrators. Sealed: what, when exactly, by whom. `day` is the start of its day. */
    accountLog: table(
      'account_log',
      {
        id: text('id').primaryKey(),
        accountTag: text('account_tag').notNull(),
        day: number('day').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [index('account_log_account').on(t.accountTag), index('account_log_day').on(t.day)],
    ),
    /** What one account holds at one application: the only way from an account to its profiles. */
    holding: table('holding', { tag: text('tag').primaryKey(), sealed: text('sealed').notNull() }),

    /**
     * What an account shows one application. Sealed: private note, groups shown, how it stands with the moderators. Days
     * are ISO dates. `source`: how it came to be (created, requested, invited, imported).
     */
    profile: table(
      'profile',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        name: text('name').notNull(),
        nameKey: text('name_key').notNull(),
        subject: text('subject').notNull(),
        aliasLocal: text('alias_local').notNull(),
        status: text('status').notNull(),
        createdDay: text('created_day').notNull(),
        retiredDay: text('retired_day'),
        ownerSealed: text('owner_sealed'),
        source: text('source').notNull().default('created'),
        sealed: text('sealed').notNull(),
      },
      (t) => [
        uniqueIndex('profile_name').on(t.applicationId, t.nameKey),
        index('profile_status').on(t.applicationId, t.status, bytewise(t.nameKey)),
        uniqueIndex('profile_subject').on(t.subject),
        uniqueIndex('profile_alias').on(t.aliasLocal),
        index('profile_retired').on(t.status, t.retiredDay),
      ],
    ),
    /** Shapes of names ever given at an application (P3). Rows are never deleted. */
    nameTaken: table(
      'name_taken',
      { applicationId: text('application_id').notNull(), shape: text('shape').notNull() },
      (t) => [primaryKey({ columns: [t.applicationId, t.shape] })],
    ),
    /**
     * A profile that waits for a moderator's yes or no, or was given at once and is looked at afterwards. Sealed: the
     * words of whoever asked, the moderators' question, the answer.
     */
    profileRequest: table(
      'profile_request',
      {
        profileId: text('profile_id').primaryKey(),
        applicationId: text('application_id').notNull(),
        /** `waiting`, `asked` (a question is open) or `review` (given at once). */
        status: text('status').notNull(),
        urgent: flag('urgent').notNull(),
        /** Whether the moderators who are told at once have been told. */
        told: flag('told').notNull().default(false),
        day: text('day').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [index('profile_request_application').on(t.applicationId, t.urgent, t.day)],
    ),
    /** What happened to the profiles of an application, for its moderators: by whom, why. Sealed but for the day. */
    profileLog: table(
      'profile_log',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        profileId: text('profile_id').notNull(),
        day: text('day').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [
        index('profile_log_profile').on(t.profileId),
        index('profile_log_application').on(t.applicationId, t.day, t.id),
        index('profile_log_day').on(t.day),
      ],
    ),
    /** What a profile's owner says against a decision about it. Sealed: their words, and what came of it. */
    appeal: table(
      'appeal',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        profileId: text('profile_id').notNull(),
        /** `open` or `decided`. */
        status: text('status').notNull(),
        day: text('day').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [index('appeal_application').on(t.applicationId, t.status), index('appeal_profile').on(t.profileId)],
    ),
    /** A number of profiles granted to the person behind a profile. Whether it is used is in no row of this side. */
    quotaException: table(
      'quota_exception',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        profileId: text('profile_id').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [
        index('quota_exception_application').on(t.applicationId),
        index('quota_exception_profile').on(t.profileId),
      ],
    ),
    /** What moderators refer to the administrators about a profile. Sealed: the words of all who take part. */
    caseFile: table(
      'case_file',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        profileId: text('profile_id').notNull(),
        /** `open` or `closed`: while it is open, whose the profile was is not forgotten. */
        status: text('status').notNull(),
        day: text('day').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [index('case_file_status').on(t.status, t.day), index('case_file_profile').on(t.profileId)],
    ),
    /**
     * A name that an application's own user table had, with what proves whose it is: reserved until its owner takes it
     * back. Sealed: what its subject and alias follow from, the old password as it was hashed, the address, what the application calls it; once it is
     * taken back, of these only what the application must go on seeing. `taken_day` is an ISO date.
     */
    legacyProfile: table(
      'legacy_profile',
      {
        applicationId: text('application_id').notNull(),
        nameKey: text('name_key').notNull(),
        name: text('name').notNull(),
        batchId: text('batch_id').notNull(),
        /** `free` or `taken`. */
        status: text('status').notNull(),
        takenDay: text('taken_day'),
        sealed: text('sealed').notNull(),
      },
      (t) => [
        primaryKey({ columns: [t.applicationId, t.nameKey] }),
        index('legacy_profile_batch').on(t.batchId, t.status),
      ],
    ),
    /**
     * Finds a name that is free by its imported address, at this application alone. Whoever removes it knows the address,
     * and so the tag: a second index would cost an import more than all the rest.
     */
    legacyAddress: table('legacy_address', {
      addressTag: text('address_tag').primaryKey(),
      applicationId: text('application_id').notNull(),
      nameKey: text('name_key').notNull(),
    }),
    /**
     * Old addresses of an application that letters went to, by a tag of their own, which is none of `legacyAddress` (P2), and
     * the same for all that follow a plus sign. `state`: `told` in the round of that number, and once more in the next;
     * `stopped` by whoever reads it, or `refused` by its host: never again.
     */
    legacyTold: table('legacy_told', {
      addressTag: text('address_tag').primaryKey(),
      applicationId: text('application_id').notNull(),
      state: text('state').notNull(),
      round: number('round').notNull(),
    }),
    /** Which profile a grant is for. */
    grantProfile: table(
      'grant_profile',
      {
        grantHash: text('grant_hash').primaryKey(),
        profileId: text('profile_id').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('grant_profile_profile').on(t.profileId), index('grant_profile_expires').on(t.expiresHour)],
    ),
    /** Grants, codes, access and refresh tokens. */
    token: table(
      'token',
      {
        idHash: text('id_hash').primaryKey(),
        model: text('model').notNull(),
        grantHash: text('grant_hash'),
        consumed: flag('consumed').notNull(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('token_grant').on(t.grantHash), index('token_expires').on(t.expiresHour)],
    ),
    /** Where a service provider was told of a profile, so that it may end it again. Sealed: to whom, as whom, by which session. */
    samlSession: table(
      'saml_session',
      {
        idHash: text('id_hash').primaryKey(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('saml_session_expires').on(t.expiresHour)],
    ),

    /**
     * A message for one or more profiles, as it was received: sealed are its header and what is known of it, in `body` or
     * in chunks what follows the header. It goes once its last delivery is closed.
     */
    spool: table(
      'spool',
      {
        id: text('id').primaryKey(),
        sealed: text('sealed').notNull(),
        body: bytes('body'),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('spool_expires').on(t.expiresHour)],
    ),
    /** The bytes of a large message, sealed piece by piece. */
    spoolChunk: table(
      'spool_chunk',
      { spoolId: text('spool_id').notNull(), number: number('number').notNull(), body: bytes('body').notNull() },
      (t) => [primaryKey({ columns: [t.spoolId, t.number] })],
    ),
    /**
     * One recipient of a message: `waiting` to leave, `held` or `failed` with its message still here, or `closed`, a line
     * of its owner's log. Which profile it is for stands as a tag alone: a copy of the tables does not say for whom mail
     * waits. `due_hour`: when to look at it again, or when it goes. Sealed: everything else, the exact times too.
     */
    delivery: table(
      'delivery',
      {
        id: text('id').primaryKey(),
        status: text('status').notNull(),
        profileTag: text('profile_tag'),
        spoolId: text('spool_id'),
        returnHash: text('return_hash').notNull(),
        seenTag: text('seen_tag'),
        dueHour: number('due_hour').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [
        index('delivery_due').on(t.status, t.dueHour),
        index('delivery_profile').on(t.profileTag),
        index('delivery_spool').on(t.spoolId),
        index('delivery_seen').on(t.seenTag),
        uniqueIndex('delivery_return').on(t.returnHash),
      ],
    ),
    /** Somebody who wrote to a profile, and the address that its owner sees instead. Sealed: both, and whether blocked. */
    correspondent: table(
      'correspondent',
      {
        id: text('id').primaryKey(),
        profileTag: text('profile_tag').notNull(),
        tag: text('tag').notNull(),
        localHash: text('local_hash').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [
        index('correspondent_profile').on(t.profileTag),
        uniqueIndex('correspondent_tag').on(t.tag),
        uniqueIndex('correspondent_local').on(t.localHash),
      ],
    ),
    /** What its owner says about mail to a profile: on, muted, held; what becomes of strangers. Sealed. */
    relayChoice: table('relay_choice', {
      profileTag: text('profile_tag').primaryKey(),
      sealed: text('sealed').notNull(),
    }),

    /** Sign-ins on their way, pushed requests and one-time identifiers already seen. */
    transient: table(
      'transient',
      {
        idHash: text('id_hash').primaryKey(),
        model: text('model').notNull(),
        consumed: flag('consumed').notNull(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('transient_expires').on(t.expiresHour)],
    ),
    /** How often sign-in failed, by a tag of who and from where. Sealed: counts and times. */
    attempt: table(
      'attempt',
      {
        tag: text('tag').primaryKey(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('attempt_expires').on(t.expiresHour)],
    ),
    /** Logout messages waiting to leave. Sealed: to whom, about whom, when exactly. */
    logoutMessage: table(
      'logout_message',
      { id: text('id').primaryKey(), sealed: text('sealed').notNull(), dueHour: number('due_hour').notNull() },
      (t) => [index('logout_message_due').on(t.dueHour)],
    ),
    /** A service people sign in to. Settings are JSON, checked by `applications/`. */
    application: table('application', {
      id: text('id').primaryKey(),
      status: text('status').notNull(),
      settings: text('settings').notNull(),
    }),
    /** An OpenID Connect client of an application. Settings are JSON; a secret stands only as its hash. */
    client: table(
      'client',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        settings: text('settings').notNull(),
      },
      (t) => [index('client_application').on(t.applicationId)],
    ),
    /** A SAML service provider of an application. Settings are JSON, its certificates and addresses among them. */
    serviceProvider: table(
      'service_provider',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        entityId: text('entity_id').notNull(),
        settings: text('settings').notNull(),
      },
      (t) => [
        uniqueIndex('service_provider_entity').on(t.entityId),
        index('service_provider_application').on(t.applicationId),
      ],
    ),
    /** How the last sign-ins at an application ended, for its administrators. Sealed: times and outcomes, nobody's name. */
    recentSignIns: table('recent_sign_ins', {
      applicationId: text('application_id').primaryKey(),
      sealed: text('sealed').notNull(),
    }),
    /** What mail to an application's profiles was last refused for. Sealed: times, sending domains and reasons; no profile. */
    relayRefusals: table('relay_refusals', {
      applicationId: text('application_id').primaryKey(),
      sealed: text('sealed').notNull(),
    }),
    /** How a mail domain that takes nothing does, by a tag of its name. Sealed: since when, when it is tried again. */
    destination: table(
      'destination',
      {
        tag: text('tag').primaryKey(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('destination_expires').on(t.expiresHour)],
    ),
    /** A link that a moderator handed out, for a profile at an application. Sealed: by whom, for how many, until when. */
    profileInvitation: table(
      'profile_invitation',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        tokenHash: text('token_hash').notNull(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [
        uniqueIndex('profile_invitation_token').on(t.tokenHash),
        index('profile_invitation_application').on(t.applicationId),
        index('profile_invitation_expires').on(t.expiresHour),
      ],
    ),
    /**
     * Names of one application that were imported together. Sealed: where they came from, the secrets that their old
     * passwords need, how far the work is, what was counted, what is to be sent and forgotten.
     */
    legacyBatch: table(
      'legacy_batch',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        /** `working`, `stopped`, `done` or `undone`. */
        status: text('status').notNull(),
        day: text('day').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [index('legacy_batch_application').on(t.applicationId), index('legacy_batch_status').on(t.status)],
    ),
    /**
     * What is being done for the old names of an application, of kind `file` (one that was uploaded, on its way to a
     * batch), `notices` (letters to old addresses, one row an application) or `handed` (one-time links that were made, of
     * which the log is to be told). Sealed: the key of the file, how far it is.
     */
    legacyTask: table(
      'legacy_task',
      {
        id: text('id').primaryKey(),
        applicationId: text('application_id').notNull(),
        kind: text('kind').notNull(),
        sealed: text('sealed').notNull(),
      },
      (t) => [index('legacy_task_application').on(t.applicationId)],
    ),
    /** What the program is to do later about somebody. Sealed: what, about whom, when exactly. */
    errand: table(
      'errand',
      { id: text('id').primaryKey(), sealed: text('sealed').notNull(), dueHour: number('due_hour').notNull() },
      (t) => [index('errand_due').on(t.dueHour)],
    ),
    /** Two administrators who look behind a profile, on their way. Sealed: who, what is asked, why. */
    unsealing: table(
      'unsealing',
      {
        id: text('id').primaryKey(),
        status: text('status').notNull(),
        sealed: text('sealed').notNull(),
        expiresHour: number('expires_hour').notNull(),
      },
      (t) => [index('unsealing_expires').on(t.expiresHour)],
    ),
    /** The register of unsealings and of what authorities asked: each entry's hash holds the one before. Never deleted. */
    register: table('register', {
      number: number('number').primaryKey(),
      hash: text('hash').notNull(),
      sealed: text('sealed').notNull(),
    }),
    /** Keys that forwarded mail is signed with, by selector. Sealed: the private key. */
    mailKey: table('mail_key', {
      selector: text('selector').primaryKey(),
      algorithm: text('algorithm').notNull(),
      createdAt: number('created_at').notNull(),
      sealed: text('sealed').notNull(),
    }),
    /** Keys that sign tokens. Sealed: the private key. */
    signingKey: table('signing_key', {
      kid: text('kid').primaryKey(),
      algorithm: text('algorithm').notNull(),
      createdAt: number('created_at').notNull(),
      sealed: text('sealed').notNull(),
    }),
    /** What SAML messages are signed with. Sealed: private key and certificate. Times in milliseconds. */
    samlKey: table('saml_key', {
      id: text('id').primaryKey(),
      createdAt: number('created_at').notNull(),
      signsFrom: number('signs_from').notNull(),
      sealed: text('sealed').notNull(),
    }),
    /** Who does a job that only one node may do; until when, in milliseconds. */
    lease: table('lease', {
      name: text('name').primaryKey(),
      holder: text('holder').notNull(),
      until: number('until').notNull(),
    }),
  };
}

/** The tables as queries use them. */
export type Tables = ReturnType<typeof defineTables>;

/** Which side of P2 each table stands on; `test/promises/unlinkable-at-rest` holds it. */
export const SIDES = {
  account: 'account',
  loginTaken: 'account',
  credential: 'account',
  signUp: 'account',
  letter: 'account',
  mailboxTrouble: 'account',
  invitation: 'account',
  connection: 'account',
  session: 'account',
  timeline: 'account',
  groupMember: 'account',
  groupDelegate: 'account',
  moderator: 'account',
  accountLog: 'account',
  holding: 'account',
  profile: 'profile',
  nameTaken: 'profile',
  profileRequest: 'profile',
  profileLog: 'profile',
  appeal: 'profile',
  quotaException: 'profile',
  caseFile: 'profile',
  legacyProfile: 'profile',
  legacyAddress: 'profile',
  legacyTold: 'profile',
  grantProfile: 'profile',
  token: 'profile',
  samlSession: 'profile',
  spool: 'profile',
  spoolChunk: 'profile',
  delivery: 'profile',
  correspondent: 'profile',
  relayChoice: 'profile',
  meta: 'neither',
  group: 'neither',
  transient: 'neither',
  attempt: 'neither',
  logoutMessage: 'neither',
  application: 'neither',
  client: 'neither',
  serviceProvider: 'neither',
  samlKey: 'neither',
  recentSignIns: 'neither',
  relayRefusals: 'neither',
  destination: 'neither',
  profileInvitation: 'neither',
  legacyBatch: 'neither',
  legacyTask: 'neither',
  errand: 'neither',
  unsealing: 'neither',
  register: 'neither',
  mailKey: 'neither',
  signingKey: 'neither',
  lease: 'neither',
} as const satisfies Record<keyof Tables, 'account' | 'profile' | 'neither'>;
