CREATE TABLE "legacy_address" (
	"address_tag" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"name_key" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "legacy_batch" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"status" text NOT NULL,
	"day" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "legacy_profile" (
	"application_id" text NOT NULL,
	"name_key" text NOT NULL,
	"name" text NOT NULL,
	"batch_id" text NOT NULL,
	"status" text NOT NULL,
	"taken_day" text,
	"sealed" text NOT NULL,
	CONSTRAINT "legacy_profile_application_id_name_key_pk" PRIMARY KEY("application_id","name_key")
);
--> statement-breakpoint
CREATE TABLE "legacy_task" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"kind" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "legacy_told" (
	"address_tag" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"state" text NOT NULL,
	"round" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "legacy_batch_application" ON "legacy_batch" USING btree ("application_id");--> statement-breakpoint
CREATE INDEX "legacy_batch_status" ON "legacy_batch" USING btree ("status");--> statement-breakpoint
CREATE INDEX "legacy_profile_batch" ON "legacy_profile" USING btree ("batch_id","status");--> statement-breakpoint
CREATE INDEX "legacy_task_application" ON "legacy_task" USING btree ("application_id");