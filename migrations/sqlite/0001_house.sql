CREATE TABLE `connection` (
	`id` text PRIMARY KEY NOT NULL,
	`day` integer NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `connection_day` ON `connection` (`day`);--> statement-breakpoint
CREATE TABLE `invitation` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`sealed` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `invitation_token` ON `invitation` (`token_hash`);--> statement-breakpoint
CREATE INDEX `invitation_expires` ON `invitation` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `recent_sign_ins` (
	`application_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `account` ADD `mailbox_search_tag` text;--> statement-breakpoint
CREATE INDEX `account_mailbox_search` ON `account` (`mailbox_search_tag`);--> statement-breakpoint
CREATE INDEX `account_status` ON `account` (`status`);