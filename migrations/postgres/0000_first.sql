CREATE TABLE "account" (
	"id" text PRIMARY KEY NOT NULL,
	"login_tag" text NOT NULL,
	"mailbox_tag" text,
	"role" text NOT NULL,
	"status" text NOT NULL,
	"created_month" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "application" (
	"id" text PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"settings" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attempt" (
	"tag" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "client" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"settings" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credential" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"kind" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "grant_profile" (
	"grant_hash" text PRIMARY KEY NOT NULL,
	"profile_id" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"name_key" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "group_member" (
	"group_id" text NOT NULL,
	"account_id" text NOT NULL,
	CONSTRAINT "group_member_group_id_account_id_pk" PRIMARY KEY("group_id","account_id")
);
--> statement-breakpoint
CREATE TABLE "holding" (
	"tag" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lease" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"until" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "login_taken" (
	"tag" text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "logout_message" (
	"id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"due_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "meta" (
	"key" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "name_taken" (
	"application_id" text NOT NULL,
	"shape" text NOT NULL,
	CONSTRAINT "name_taken_application_id_shape_pk" PRIMARY KEY("application_id","shape")
);
--> statement-breakpoint
CREATE TABLE "profile" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"name" text NOT NULL,
	"name_key" text NOT NULL,
	"subject" text NOT NULL,
	"alias_local" text NOT NULL,
	"status" text NOT NULL,
	"created_day" text NOT NULL,
	"retired_day" text,
	"owner_sealed" text,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id_hash" text PRIMARY KEY NOT NULL,
	"uid_hash" text NOT NULL,
	"account_tag" text,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "signing_key" (
	"kid" text PRIMARY KEY NOT NULL,
	"algorithm" text NOT NULL,
	"created_at" bigint NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "timeline" (
	"account_tag" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "token" (
	"id_hash" text PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"grant_hash" text,
	"consumed" boolean NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transient" (
	"id_hash" text PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"consumed" boolean NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "account_login" ON "account" USING btree ("login_tag");--> statement-breakpoint
CREATE UNIQUE INDEX "account_mailbox" ON "account" USING btree ("mailbox_tag");--> statement-breakpoint
CREATE INDEX "attempt_expires" ON "attempt" USING btree ("expires_hour");--> statement-breakpoint
CREATE INDEX "client_application" ON "client" USING btree ("application_id");--> statement-breakpoint
CREATE INDEX "credential_account" ON "credential" USING btree ("account_id","kind");--> statement-breakpoint
CREATE INDEX "grant_profile_profile" ON "grant_profile" USING btree ("profile_id");--> statement-breakpoint
CREATE INDEX "grant_profile_expires" ON "grant_profile" USING btree ("expires_hour");--> statement-breakpoint
CREATE UNIQUE INDEX "groups_name" ON "groups" USING btree ("name_key");--> statement-breakpoint
CREATE INDEX "group_member_account" ON "group_member" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "logout_message_due" ON "logout_message" USING btree ("due_hour");--> statement-breakpoint
CREATE UNIQUE INDEX "profile_name" ON "profile" USING btree ("application_id","name_key");--> statement-breakpoint
CREATE UNIQUE INDEX "profile_subject" ON "profile" USING btree ("subject");--> statement-breakpoint
CREATE UNIQUE INDEX "profile_alias" ON "profile" USING btree ("alias_local");--> statement-breakpoint
CREATE INDEX "profile_retired" ON "profile" USING btree ("status","retired_day");--> statement-breakpoint
CREATE UNIQUE INDEX "session_uid" ON "session" USING btree ("uid_hash");--> statement-breakpoint
CREATE INDEX "session_account" ON "session" USING btree ("account_tag");--> statement-breakpoint
CREATE INDEX "session_expires" ON "session" USING btree ("expires_hour");--> statement-breakpoint
CREATE INDEX "token_grant" ON "token" USING btree ("grant_hash");--> statement-breakpoint
CREATE INDEX "token_expires" ON "token" USING btree ("expires_hour");--> statement-breakpoint
CREATE INDEX "transient_expires" ON "transient" USING btree ("expires_hour");