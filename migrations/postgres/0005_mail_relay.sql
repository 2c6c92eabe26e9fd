CREATE TABLE "correspondent" (
	"id" text PRIMARY KEY NOT NULL,
	"profile_tag" text NOT NULL,
	"tag" text NOT NULL,
	"local_hash" text NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "delivery" (
	"id" text PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"profile_tag" text,
	"spool_id" text,
	"return_hash" text NOT NULL,
	"seen_tag" text,
	"due_hour" bigint NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "destination" (
	"tag" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mail_key" (
	"selector" text PRIMARY KEY NOT NULL,
	"algorithm" text NOT NULL,
	"created_at" bigint NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mailbox_trouble" (
	"account_id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "relay_choice" (
	"profile_tag" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "relay_refusals" (
	"application_id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spool" (
	"id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"body" "bytea",
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spool_chunk" (
	"spool_id" text NOT NULL,
	"number" bigint NOT NULL,
	"body" "bytea" NOT NULL,
	CONSTRAINT "spool_chunk_spool_id_number_pk" PRIMARY KEY("spool_id","number")
);
--> statement-breakpoint
CREATE INDEX "correspondent_profile" ON "correspondent" USING btree ("profile_tag");--> statement-breakpoint
CREATE UNIQUE INDEX "correspondent_tag" ON "correspondent" USING btree ("tag");--> statement-breakpoint
CREATE UNIQUE INDEX "correspondent_local" ON "correspondent" USING btree ("local_hash");--> statement-breakpoint
CREATE INDEX "delivery_due" ON "delivery" USING btree ("status","due_hour");--> statement-breakpoint
CREATE INDEX "delivery_profile" ON "delivery" USING btree ("profile_tag");--> statement-breakpoint
CREATE INDEX "delivery_spool" ON "delivery" USING btree ("spool_id");--> statement-breakpoint
CREATE INDEX "delivery_seen" ON "delivery" USING btree ("seen_tag");--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_return" ON "delivery" USING btree ("return_hash");--> statement-breakpoint
CREATE INDEX "destination_expires" ON "destination" USING btree ("expires_hour");--> statement-breakpoint
CREATE INDEX "spool_expires" ON "spool" USING btree ("expires_hour");