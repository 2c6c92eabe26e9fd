CREATE TABLE `letter` (
	`id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`due_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `letter_due` ON `letter` (`due_hour`);--> statement-breakpoint
CREATE TABLE `sign_up` (
	`account_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `credential` ADD `tag` text;--> statement-breakpoint
CREATE UNIQUE INDEX `credential_tag` ON `credential` (`tag`);--> statement-breakpoint
ALTER TABLE `groups` ADD `second_factor` integer DEFAULT false NOT NULL;