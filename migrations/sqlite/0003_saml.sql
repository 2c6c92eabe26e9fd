CREATE TABLE `saml_key` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`signs_from` integer NOT NULL,
	`sealed` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `saml_session` (
	`id_hash` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`expires_hour` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `saml_session_expires` ON `saml_session` (`expires_hour`);--> statement-breakpoint
CREATE TABLE `service_provider` (
	`id` text PRIMARY KEY NOT NULL,
	`application_id` text NOT NULL,
	`entity_id` text NOT NULL,
	`settings` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `service_provider_entity` ON `service_provider` (`entity_id`);--> statement-breakpoint
CREATE INDEX `service_provider_application` ON `service_provider` (`application_id`);