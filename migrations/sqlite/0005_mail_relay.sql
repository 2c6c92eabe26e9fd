CREATE TABLE `correspondent` (
	`id` text PRIMARY KEY NOT NULL,
	`profile_tag` text NOT NULL,
	`tag` text NOT NULL,
	`local_hash` text NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `correspondent_profile` ON `correspondent` (`profile_tag`);--> statement-breakpoint
CREATE UNIQUE INDEX `correspondent_tag` ON `correspondent` (`tag`);--> statement-breakpoint
CREATE UNIQUE INDEX `correspondent_local` ON `correspondent` (`local_hash`);--> statement-breakpoint
CREATE TABLE `delivery` (
	`id` text PRIMARY KEY NOT NULL,
	`status` text NOT NULL,
	`profile_tag` text,
	`spool_id` text,
	`return_hash` text NOT NULL,
	`seen_tag` text,
	`due_hour` integer NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `delivery_due` ON `delivery` (`status`,`due_hour`);--> statement-breakpoint
CREATE INDEX `delivery_profile` ON `delivery` (`profile_tag`);--> statement-breakpoint
CREATE INDEX `delivery_spool` ON `delivery` (`spool_id`);--> statement-breakpoint
CREATE INDEX `delivery_seen` ON `delivery` (`seen_tag`);--> statement-breakpoint
CREATE UNIQUE INDEX `delivery_return` ON `delivery` (`return_hash`);--> statement-breakpoint
CREATE TABLE `destination` (
	`tag` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `destination_expires` ON `destination` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `mail_key` (
	`selector` text PRIMARY KEY NOT NULL,
	`algorithm` text NOT NULL,
	`created_at` integer NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `mailbox_trouble` (
	`account_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `relay_choice` (
	`profile_tag` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `relay_refusals` (
	`application_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `spool` (
	`id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`body` blob,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `spool_expires` ON `spool` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `spool_chunk` (
	`spool_id` text NOT NULL,
	`number` integer NOT NULL,
	`body` blob NOT NULL,
	PRIMARY KEY(`spool_id`, `number`)
) WITHOUT ROWID;
