CREATE TABLE "account_log" (
	"id" text PRIMARY KEY NOT NULL,
	"account_tag" text NOT NULL,
	"day" bigint NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "appeal" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"profile_id" text NOT NULL,
	"status" text NOT NULL,
	"day" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "case_file" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"profile_id" text NOT NULL,
	"status" text NOT NULL,
	"day" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "errand" (
	"id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"due_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "group_delegate" (
	"group_id" text NOT NULL,
	"account_id" text NOT NULL,
	CONSTRAINT "group_delegate_group_id_account_id_pk" PRIMARY KEY("group_id","account_id")
);
--> statement-breakpoint
CREATE TABLE "moderator" (
	"application_id" text NOT NULL,
	"account_id" text NOT NULL,
	"digest" text NOT NULL,
	"told_day" text,
	CONSTRAINT "moderator_application_id_account_id_pk" PRIMARY KEY("application_id","account_id")
);
--> statement-breakpoint
CREATE TABLE "profile_invitation" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"token_hash" text NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "profile_log" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"profile_id" text NOT NULL,
	"day" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "profile_request" (
	"profile_id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"status" text NOT NULL,
	"urgent" boolean NOT NULL,
	"told" boolean DEFAULT false NOT NULL,
	"day" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quota_exception" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"profile_id" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "register" (
	"number" bigint PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "unsealing" (
	"id" text PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "profile" ADD COLUMN "source" text DEFAULT 'created' NOT NULL;--> statement-breakpoint
CREATE INDEX "account_log_account" ON "account_log" USING btree ("account_tag");--> statement-breakpoint
CREATE INDEX "account_log_day" ON "account_log" USING btree ("day");--> statement-breakpoint
CREATE INDEX "appeal_application" ON "appeal" USING btree ("application_id","status");--> statement-breakpoint
CREATE INDEX "appeal_profile" ON "appeal" USING btree ("profile_id");--> statement-breakpoint
CREATE INDEX "case_file_status" ON "case_file" USING btree ("status","day");--> statement-breakpoint
CREATE INDEX "case_file_profile" ON "case_file" USING btree ("profile_id");--> statement-breakpoint
CREATE INDEX "errand_due" ON "errand" USING btree ("due_hour");--> statement-breakpoint
CREATE INDEX "group_delegate_account" ON "group_delegate" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "moderator_account" ON "moderator" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "profile_invitation_token" ON "profile_invitation" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "profile_invitation_application" ON "profile_invitation" USING btree ("application_id");--> statement-breakpoint
CREATE INDEX "profile_invitation_expires" ON "profile_invitation" USING btree ("expires_hour");--> statement-breakpoint
CREATE INDEX "profile_log_profile" ON "profile_log" USING btree ("profile_id");--> statement-breakpoint
CREATE INDEX "profile_log_application" ON "profile_log" USING btree ("application_id","day","id");--> statement-breakpoint
CREATE INDEX "profile_log_day" ON "profile_log" USING btree ("day");--> statement-breakpoint
CREATE INDEX "profile_request_application" ON "profile_request" USING btree ("application_id","urgent","day");--> statement-breakpoint
CREATE INDEX "quota_exception_application" ON "quota_exception" USING btree ("application_id");--> statement-breakpoint
CREATE INDEX "quota_exception_profile" ON "quota_exception" USING btree ("profile_id");--> statement-breakpoint
CREATE INDEX "unsealing_expires" ON "unsealing" USING btree ("expires_hour");--> statement-breakpoint
CREATE INDEX "profile_status" ON "profile" USING btree ("application_id","status","name_key" collate "C");