-- The tables of Pixelfed 0.12 that hold people, as its migrations lay them on MySQL.
CREATE TABLE users (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  profile_id bigint unsigned NULL UNIQUE,
  name varchar(255) NULL,
  username varchar(255) NULL UNIQUE,
  email varchar(255) NOT NULL UNIQUE,
  status varchar(255) NULL,
  language varchar(255) NULL,
  password varchar(255) NOT NULL,
  remember_token varchar(100) NULL,
  is_admin tinyint(1) NOT NULL DEFAULT 0,
  email_verified_at timestamp NULL,
  created_at timestamp NULL,
  updated_at timestamp NULL,
  deleted_at timestamp NULL,
  `2fa_enabled` tinyint(1) NOT NULL DEFAULT 0,
  `2fa_secret` varchar(255) NULL,
  `2fa_backup_codes` json NULL,
  `2fa_setup_at` timestamp NULL,
  delete_after timestamp NULL,
  register_source varchar(255) NULL DEFAULT 'web',
  KEY users_status_index (status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE user_oidc_mappings (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id bigint unsigned NOT NULL,
  oidc_id varchar(255) NOT NULL UNIQUE,
  created_at timestamp NULL,
  updated_at timestamp NULL,
  KEY user_oidc_mappings_user_id_index (user_id),
  KEY user_oidc_mappings_oidc_id_index (oidc_id),
  CONSTRAINT user_oidc_mappings_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
