CREATE TABLE `account` (
	`id` text PRIMARY KEY NOT NULL,
	`login_tag` text NOT NULL,
	`mailbox_tag` text,
	`role` text NOT NULL,
	`status` text NOT NULL,
	`created_month` text NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `account_login` ON `account` (`login_tag`);--> statement-breakpoint
CREATE UNIQUE INDEX `account_mailbox` ON `account` (`mailbox_tag`);--> statement-breakpoint
CREATE TABLE `application` (
	`id` text PRIMARY KEY NOT NULL,
	`status` text NOT NULL,
	`settings` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `attempt` (
	`tag` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `attempt_expires` ON `attempt` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `client` (
	`id` text PRIMARY KEY NOT NULL,
	`application_id` text NOT NULL,
	`settings` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `client_application` ON `client` (`application_id`);--> statement-breakpoint
CREATE TABLE `credential` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`kind` text NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `credential_account` ON `credential` (`account_id`,`kind`);--> statement-breakpoint
CREATE TABLE `grant_profile` (
	`grant_hash` text PRIMARY KEY NOT NULL,
	`profile_id` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `grant_profile_profile` ON `grant_profile` (`profile_id`);--> statement-breakpoint
CREATE INDEX `grant_profile_expires` ON `grant_profile` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `groups` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `groups_name` ON `groups` (`name_key`);--> statement-breakpoint
CREATE TABLE `group_member` (
	`group_id` text NOT NULL,
	`account_id` text NOT NULL,
	PRIMARY KEY(`group_id`, `account_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `group_member_account` ON `group_member` (`account_id`);--> statement-breakpoint
CREATE TABLE `holding` (
	`tag` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `lease` (
	`name` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`until` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `login_taken` (
	`tag` text PRIMARY KEY NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `logout_message` (
	`id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`due_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `logout_message_due` ON `logout_message` (`due_hour`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `name_taken` (
	`application_id` text NOT NULL,
	`shape` text NOT NULL,
	PRIMARY KEY(`application_id`, `shape`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `profile` (
	`id` text PRIMARY KEY NOT NULL,
	`application_id` text NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`subject` text NOT NULL,
	`alias_local` text NOT NULL,
	`status` text NOT NULL,
	`created_day` text NOT NULL,
	`retired_day` text,
	`owner_sealed` text,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `profile_name` ON `profile` (`application_id`,`name_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `profile_subject` ON `profile` (`subject`);--> statement-breakpoint
CREATE UNIQUE INDEX `profile_alias` ON `profile` (`alias_local`);--> statement-breakpoint
CREATE INDEX `profile_retired` ON `profile` (`status`,`retired_day`);--> statement-breakpoint
CREATE TABLE `session` (
	`id_hash` text PRIMARY KEY NOT NULL,
	`uid_hash` text NOT NULL,
	`account_tag` text,
	`sealed` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `session_uid` ON `session` (`uid_hash`);--> statement-breakpoint
CREATE INDEX `session_account` ON `session` (`account_tag`);--> statement-breakpoint
CREATE INDEX `session_expires` ON `session` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `signing_key` (
	`kid` text PRIMARY KEY NOT NULL,
	`algorithm` text NOT NULL,
	`created_at` integer NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `timeline` (
	`account_tag` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `token` (
	`id_hash` text PRIMARY KEY NOT NULL,
	`model` text NOT NULL,
	`grant_hash` text,
	`consumed` integer NOT NULL,
	`sealed` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `token_grant` ON `token` (`grant_hash`);--> statement-breakpoint
CREATE INDEX `token_expires` ON `token` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `transient` (
	`id_hash` text PRIMARY KEY NOT NULL,
	`model` text NOT NULL,
	`consumed` integer NOT NULL,
	`sealed` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `transient_expires` ON `transient` (`expires_hour`);