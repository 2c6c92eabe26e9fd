-- The tables of Mastodon that hold people, as release 4.5 has them: names, types, defaults and indexes of columns.
CREATE TABLE accounts (
  id bigint PRIMARY KEY,
  username character varying DEFAULT '' NOT NULL,
  domain character varying,
  private_key text,
  public_key text DEFAULT '' NOT NULL,
  created_at timestamp without time zone NOT NULL,
  updated_at timestamp without time zone NOT NULL,
  note text DEFAULT '' NOT NULL,
  display_name character varying DEFAULT '' NOT NULL,
  uri character varying DEFAULT '' NOT NULL,
  url character varying,
  avatar_file_name character varying,
  avatar_content_type character varying,
  avatar_file_size integer,
  avatar_updated_at timestamp without time zone,
  header_file_name character varying,
  header_content_type character varying,
  header_file_size integer,
  header_updated_at timestamp without time zone,
  avatar_remote_url character varying,
  locked boolean DEFAULT false NOT NULL,
  header_remote_url character varying DEFAULT '' NOT NULL,
  last_webfingered_at timestamp without time zone,
  inbox_url character varying DEFAULT '' NOT NULL,
  outbox_url character varying DEFAULT '' NOT NULL,
  shared_inbox_url character varying DEFAULT '' NOT NULL,
  followers_url character varying DEFAULT '' NOT NULL,
  protocol integer DEFAULT 0 NOT NULL,
  memorial boolean DEFAULT false NOT NULL,
  moved_to_account_id bigint REFERENCES accounts ON DELETE SET NULL,
  featured_collection_url character varying,
  fields jsonb,
  actor_type character varying,
  discoverable boolean,
  also_known_as character varying[],
  silenced_at timestamp without time zone,
  suspended_at timestamp without time zone,
  hide_collections boolean,
  avatar_storage_schema_version integer,
  header_storage_schema_version integer,
  sensitized_at timestamp without time zone,
  suspension_origin integer,
  trendable boolean,
  reviewed_at timestamp without time zone,
  requested_review_at timestamp without time zone,
  indexable boolean DEFAULT false NOT NULL,
  attribution_domains character varying[] DEFAULT '{}',
  following_url character varying DEFAULT '' NOT NULL,
  id_scheme integer DEFAULT 1,
  feature_approval_policy integer DEFAULT 0 NOT NULL
);
CREATE UNIQUE INDEX index_accounts_on_username_and_domain_lower
  ON accounts (lower((username)::text), COALESCE(lower((domain)::text), ''::text));
CREATE INDEX index_accounts_on_domain_and_id ON accounts (domain, id);
CREATE INDEX index_accounts_on_moved_to_account_id ON accounts (moved_to_account_id)
  WHERE (moved_to_account_id IS NOT NULL);
CREATE INDEX index_accounts_on_uri ON accounts (uri);
CREATE INDEX index_accounts_on_url ON accounts (url text_pattern_ops) WHERE (url IS NOT NULL);

CREATE TABLE users (
  id bigserial PRIMARY KEY,
  email character varying DEFAULT '' NOT NULL,
  created_at timestamp without time zone NOT NULL,
  updated_at timestamp without time zone NOT NULL,
  encrypted_password character varying DEFAULT '' NOT NULL,
  reset_password_token character varying,
  reset_password_sent_at timestamp without time zone,
  sign_in_count integer DEFAULT 0 NOT NULL,
  current_sign_in_at timestamp without time zone,
  last_sign_in_at timestamp without time zone,
  confirmation_token character varying,
  confirmed_at timestamp without time zone,
  confirmation_sent_at timestamp without time zone,
  unconfirmed_email character varying,
  locale character varying,
  consumed_timestep integer,
  otp_required_for_login boolean DEFAULT false NOT NULL,
  last_emailed_at timestamp without time zone,
  otp_backup_codes character varying[],
  account_id bigint NOT NULL CONSTRAINT fk_50500f500d REFERENCES accounts ON DELETE CASCADE,
  disabled boolean DEFAULT false NOT NULL,
  invite_id bigint,
  chosen_languages character varying[],
  created_by_application_id bigint,
  approved boolean DEFAULT true NOT NULL,
  sign_in_token character varying,
  sign_in_token_sent_at timestamp without time zone,
  webauthn_id character varying,
  sign_up_ip inet,
  skip_sign_in_token boolean,
  role_id bigint,
  settings text,
  time_zone character varying,
  otp_secret character varying,
  age_verified_at timestamp(6) without time zone,
  require_tos_interstitial boolean DEFAULT false NOT NULL
);
CREATE INDEX index_users_on_account_id ON users (account_id);
CREATE UNIQUE INDEX index_users_on_confirmation_token ON users (confirmation_token);
CREATE INDEX index_users_on_created_by_application_id ON users (created_by_application_id)
  WHERE (created_by_application_id IS NOT NULL);
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE UNIQUE INDEX index_users_on_reset_password_token ON users (reset_password_token text_pattern_ops)
  WHERE (reset_password_token IS NOT NULL);
CREATE INDEX index_users_on_role_id ON users (role_id) WHERE (role_id IS NOT NULL);
CREATE INDEX index_users_on_unconfirmed_email ON users (unconfirmed_email) WHERE (unconfirmed_email IS NOT NULL);

CREATE TABLE identities (
  id bigserial PRIMARY KEY,
  provider character varying DEFAULT '' NOT NULL,
  uid character varying DEFAULT '' NOT NULL,
  created_at timestamp without time zone NOT NULL,
  updated_at timestamp without time zone NOT NULL,
  user_id bigint CONSTRAINT fk_bea040f377 REFERENCES users ON DELETE CASCADE
);
CREATE UNIQUE INDEX index_identities_on_uid_and_provider ON identities (uid, provider);
CREATE INDEX index_identities_on_user_id ON identities (user_id);

CREATE TABLE webauthn_credentials (
  id bigserial PRIMARY KEY,
  external_id character varying NOT NULL,
  public_key character varying NOT NULL,
  nickname character varying NOT NULL,
  sign_count bigint DEFAULT 0 NOT NULL,
  user_id bigint REFERENCES users ON DELETE CASCADE,
  created_at timestamp without time zone NOT NULL,
  updated_at timestamp without time zone NOT NULL
);
CREATE UNIQUE INDEX index_webauthn_credentials_on_external_id ON webauthn_credentials (external_id);
CREATE UNIQUE INDEX index_webauthn_credentials_on_user_id_and_nickname
  ON webauthn_credentials (user_id, nickname);
