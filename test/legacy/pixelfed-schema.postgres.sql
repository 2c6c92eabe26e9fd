-- The tables of Pixelfed 0.12 that hold people, as its migrations lay them on PostgreSQL.
CREATE TABLE users (
  id bigserial PRIMARY KEY,
  profile_id bigint UNIQUE,
  name varchar(255),
  username varchar(255) UNIQUE,
  email varchar(255) NOT NULL UNIQUE,
  status varchar(255),
  language varchar(255),
  password varchar(255) NOT NULL,
  remember_token varchar(100),
  is_admin boolean DEFAULT false NOT NULL,
  email_verified_at timestamp(0) without time zone,
  created_at timestamp(0) without time zone,
  updated_at timestamp(0) without time zone,
  deleted_at timestamp(0) without time zone,
  "2fa_enabled" boolean DEFAULT false NOT NULL,
  "2fa_secret" varchar(255),
  "2fa_backup_codes" json,
  "2fa_setup_at" timestamp(0) without time zone,
  delete_after timestamp(0) without time zone,
  register_source varchar(255) DEFAULT 'web'
);
CREATE INDEX users_status_index ON users (status);

CREATE TABLE user_oidc_mappings (
  id bigserial PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  oidc_id varchar(255) NOT NULL UNIQUE,
  created_at timestamp(0) without time zone,
  updated_at timestamp(0) without time zone
);
CREATE INDEX user_oidc_mappings_user_id_index ON user_oidc_mappings (user_id);
CREATE INDEX user_oidc_mappings_oidc_id_index ON user_oidc_mappings (oidc_id);
